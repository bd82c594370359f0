"""What waits in the queue today: the lines of the start page, each leading to exactly what it counts."""

from django.urls import reverse

from vitre_civique.accounts.desk import ToDo
from vitre_civique.accounts.permissions import can
from vitre_civique.lib.counting import counts, in_words
from vitre_civique.lib.months import local_day

from . import needs_queue
from .mandates import to_renew
from .models import Mandate, NeedState


def needs_to_do(user, now):
    """The ToDo lines about reports and mandates, empty ones left out. Two queries."""
    today, rows = local_day(now), needs_queue.for_queue(user)
    numbers = counts(
        very_late=needs_queue.very_late(rows, today),
        late=needs_queue.late(rows, today),
        filed=needs_queue.to_receive(rows),
        reopening=rows.filter(state=NeedState.REOPENING),
        over=needs_queue.mission_is_over(rows),
        ending=to_renew(today) if can(user, "mandate.edit") else Mandate.objects.none(),
    )
    very_late, late, filed = numbers["very_late"], numbers["late"], numbers["filed"]
    reopening, over, ending = numbers["reopening"], numbers["over"], numbers["ending"]
    lines = [
        ToDo(
            very_late,
            f"{in_words(very_late, 'remontée', 'remontées')} à trois fois le délai",
            _queue(retard="trois-fois"),
            "triangle-alert",
            is_pressing=True,
        ),
        ToDo(
            late,
            f"{in_words(late, 'remontée', 'remontées')} en retard",
            _queue(retard="oui"),
            "clock-alert",
            is_pressing=True,
        ),
        ToDo(
            filed,
            f"{in_words(filed, 'remontée', 'remontées')} à prendre en compte",
            _queue(etat="filed"),
            "inbox",
        ),
        ToDo(
            reopening,
            in_words(reopening, "réouverture demandée", "réouvertures demandées"),
            _queue(etat="reopening"),
            "undo-2",
        ),
        ToDo(
            over,
            f"{in_words(over, 'remontée', 'remontées')} dont la mission est terminée",
            _queue(mission="terminee"),
            "circle-check",
        ),
        ToDo(
            ending,
            f"{in_words(ending, 'mandat', 'mandats')} à renouveler",
            f"{reverse('admin:quartiers_mandate_changelist')}?quand=a-renouveler",
            "calendar-x",
        ),
    ]
    return [line for line in lines if line.number]


def _queue(**filters):
    query = "&".join(f"{name}={value}" for name, value in filters.items())
    return f"{reverse('admin:quartiers_needreport_changelist')}?{query}"
