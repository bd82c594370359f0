"""What the tests of mail share: quiet hours on, and one word to deliver everything that is due."""

from collections import Counter

import pytest

from vitre_civique.notifications import kinds
from vitre_civique.notifications.delivery import deliver_batch


@pytest.fixture(autouse=True)
def _quiet_hours(settings):
    settings.MAIL_QUIET_HOURS = True


def deliver_all(now) -> Counter:
    """Batch after batch, as a worker does."""
    total = Counter()
    while counts := deliver_batch(now=now):
        total += counts
        if counts["relay_away"]:
            break
    return total


@pytest.fixture
def plain_kind():
    """A kind whose builder the test chooses: `plain_kind(builder)`; forgotten afterwards."""
    made = []

    def make(builder=None, name="plain", **fields):
        def says_hello(notification, facts, *, now):
            return kinds.Message("Bonjour", "Bonjour\n", "<p>Bonjour</p>")

        fields.setdefault("load", lambda rows, *, now: {row.pk: row for row in rows})
        made.append(kinds.register(kinds.Kind(name, "Essai", builder or says_hello, **fields)))
        return made[-1]

    yield make
    for kind in made:
        kinds._kinds.pop(kind.name)
