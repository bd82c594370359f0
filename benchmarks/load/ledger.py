"""What was asked and answered, act by act, and what must therefore be found in the database afterwards."""

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field

SIGNUP = re.compile(r"^/inscriptions/(\d+)/")


@dataclass
class Act:
    """One part of the load, and what it saw."""

    name: str
    asked: int = 0
    seconds: dict = field(default_factory=lambda: defaultdict(list))  # read | write: of good answers
    statuses: Counter = field(default_factory=Counter)
    bad_bodies: int = 0  # a 503 that does not say whom to call, or when to come back
    last_bad_at: float = 0.0

    @property
    def errors(self) -> int:
        """Answers that are the server's fault, silence included."""
        return sum(count for status, count in self.statuses.items() if not 200 <= status < 500)

    def percentile(self, kind: str, share: float) -> float:
        every = sorted(self.seconds[kind])
        return every[min(int(len(every) * share), len(every) - 1)] if every else 0.0


class Ledger:
    def __init__(self):
        self.acts = []
        self.signups = {}  # signup pk -> user pk: acknowledged by a redirect to its page
        self.withdrawn = set()  # signup pks, acknowledged
        self.in_doubt = set()  # signup pks whose withdrawal got no clear answer
        self.unexpected = Counter()

    def begin(self, name: str) -> Act:
        self.acts.append(Act(name))
        return self.acts[-1]

    @property
    def act(self) -> Act:
        return self.acts[-1]

    def note(self, kind: str, path: str, answer, now: float) -> None:
        act = self.act
        act.asked += 1
        act.statuses[answer.status] += 1
        if answer.status == 503:
            is_friendly = b"tel:" in answer.body and answer.headers.get("retry-after")
            act.bad_bodies += not is_friendly
        if 200 <= answer.status < 500:
            act.seconds[kind].append(answer.seconds)
        else:
            act.last_bad_at = now
            if answer.status not in (0, 503):
                self.unexpected[f"{answer.status} {path}"] += 1

    def note_signup(self, user_pk: int, answer) -> int | None:
        """The signup that this answer acknowledges, or None."""
        found = SIGNUP.match(answer.location) if answer.status == 302 else None
        if found is None:
            return None
        pk = int(found[1])
        self.signups[pk] = user_pk
        return pk

    def note_withdrawal(self, pk: int, answer) -> None:
        if answer.status == 302:
            self.withdrawn.add(pk)
        elif answer.status in (0, 503):
            self.in_doubt.add(pk)


def lost_writes(ledger) -> list[str]:
    """Each acknowledged write that the database does not have, in words; empty when all is well."""
    # Django must be set up before any model is imported.
    from missions.models import Signup  # noqa: PLC0415
    from missions.models.signup import LIVE  # noqa: PLC0415

    rows = Signup.objects.select_related("volunteer").in_bulk(ledger.signups)
    lost = [f"signup {pk} is not there" for pk in ledger.signups if pk not in rows]
    for pk, row in rows.items():
        if row.volunteer.user_id != ledger.signups[pk]:
            lost.append(f"signup {pk} belongs to another")
        elif pk in ledger.withdrawn and row.state in LIVE:
            lost.append(f"signup {pk}: its withdrawal is not there")
        elif pk not in ledger.withdrawn | ledger.in_doubt and row.state not in LIVE:
            lost.append(f"signup {pk} is {row.state}")
    return lost


def oversold() -> int:
    from django.db.models import Count, F, Q  # noqa: PLC0415

    from missions.models import Slot  # noqa: PLC0415
    from missions.models.signup import HELD  # noqa: PLC0415

    held = Count("signups", filter=Q(signups__state__in=HELD))
    return Slot.objects.annotate(held=held).filter(held__gt=F("places")).count()
