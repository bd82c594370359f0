"""After the drill: what arrived, compared with what was owed. Asks the sink's account, then the database."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from vitre_civique.accounts.models import Channel
from vitre_civique.notifications import calm, health
from vitre_civique.notifications.leases import LEASE
from vitre_civique.notifications.models import Notification, NotificationState
from vitre_civique.notifications.rendering import message_id

from .people import POISONED
from .sink import TAKEN_IN_DOUBT
from .story import IN_FLIGHT

REFUSED_FATES = ("unknown address", "unwanted")


@dataclass
class Reckoning:
    owed: int
    accepted: int
    lost: set
    doubled: set
    in_doubt: set  # taken by the relay while the worker could not know: the unavoidable window
    not_due: list
    at_night: list
    other_ids: list  # a second copy under another Message-ID
    stuck: int
    age_seconds: float
    states: dict
    faults: dict = field(default_factory=dict)  # {fault: (times, mails touched, lost, doubled)}

    def failures(self, *, may_double=False) -> list[str]:
        """In words, what the drill forbids and saw; empty when all is well."""
        found = {
            "lost": len(self.lost),
            "doubled": 0 if may_double else len(self.doubled),
            "doubled outside the window": len(self.doubled - self.in_doubt),
            "copies under another Message-ID": len(self.other_ids),
            "mailed without being due": len(self.not_due),
            "mailed at a quiet hour": len(self.at_night),
            "stuck": self.stuck,
            "oldest waiting (s)": self.age_seconds,
        }
        return [f"{name}: {count}" for name, count in found.items() if count]


def reckon(people, story, account) -> Reckoning:
    labels = labels_by_id()
    accepted = [mail for mail in account if mail["what"] == "accepted"]
    arrived = Counter((mail["to"], labels.get(mail["id"], "?")) for mail in accepted)
    owed = {(person.email, label) for person in people for label in person.owed}
    doubled = {pair for pair, times in arrived.items() if times > 1}
    in_doubt = {
        (row.recipient.email, label_of(row))
        for row in Notification.objects.filter(pk__in=story.in_doubt).select_related("recipient")
    } | {(mail["to"], labels.get(mail["id"])) for mail in accepted if mail["fault"] in TAKEN_IN_DOUBT}
    reckoning = Reckoning(
        owed=len(owed),
        accepted=len(accepted),
        lost=owed - set(arrived),
        doubled=doubled,
        in_doubt=in_doubt & set(arrived),
        not_due=sorted(set(arrived) - owed),
        at_night=[mail for mail in accepted if is_at_night(datetime.fromisoformat(mail["at"]))],
        other_ids=copies_under_another_id(accepted, labels),
        stuck=stuck(),
        age_seconds=health.outbox_age(story.clock.now()).total_seconds(),
        states=dict(Counter(Notification.objects.values_list("state", flat=True))),
    )
    reckoning.faults = by_fault(story, account, labels, reckoning)
    return reckoning


def is_at_night(moment) -> bool:
    """A batch claimed before closing hour ends within half its lease."""
    return calm.is_quiet(moment) and calm.is_quiet(moment - LEASE / 2)


def label_of(row) -> str:
    return f"{row.kind}:{row.dedupe_key.rsplit(':', 1)[1]}"


def labels_by_id() -> dict:
    return {message_id(row.dedupe_key): label_of(row) for row in Notification.objects.iterator()}


def copies_under_another_id(accepted, labels) -> list:
    ids = defaultdict(set)
    for mail in accepted:
        ids[mail["to"], labels.get(mail["id"], mail["id"])].add(mail["id"])
    return sorted(pair for pair, known in ids.items() if len(known) > 1)


def stuck() -> int:
    """Mails in somebody's hands or still waiting, when all time has passed."""
    states = [NotificationState.QUEUED, *IN_FLIGHT]
    return Notification.objects.filter(channel=Channel.EMAIL, state__in=states).count()


def by_fault(story, account, labels, reckoning) -> dict:
    rows = Notification.objects.select_related("recipient").in_bulk(set().union(*story.hit.values()))
    table = {}
    for fault, pks in story.hit.items():
        pairs = {(rows[pk].recipient.email, label_of(rows[pk])) for pk in pks if pk in rows}
        table[fault] = (story.injected[fault], pairs)
    for mail in account:
        if mail["what"] == "fault":
            times, pairs = table.get(mail["fault"], (0, set()))
            table[mail["fault"]] = (times + 1, pairs | {(mail["to"], labels.get(mail["id"], ""))})
    return {
        fault: (times, len(pairs), len(pairs & reckoning.lost), len(pairs & reckoning.doubled))
        for fault, (times, pairs) in table.items()
    }


def check_refusals(people) -> list[str]:
    """What a server refused is refused here too, address suspended; poison is set aside with its reason."""
    problems = []
    for person in people:
        if person.fate in REFUSED_FATES:
            person.user.refresh_from_db()
            is_suspended = person.user.email_suspended_at is not None
            if is_suspended != (person.fate == "unknown address"):
                problems.append(f"{person.email}: suspended is {is_suspended}")
    aside = Notification.objects.filter(state=NotificationState.SET_ASIDE)
    keys = sorted(aside.values_list("dedupe_key", flat=True))
    if keys != [f"poison:{n}" for n in range(POISONED)] or aside.filter(last_error="").exists():
        problems.append(f"set aside: {keys}")
    return problems


def evidence(reckoning) -> str:
    """What a red drill leaves to whoever looks for the cause: each wrong mail and its row."""
    pairs = sorted(reckoning.lost | reckoning.doubled | set(reckoning.not_due))[:40]
    rows = Notification.objects.filter(recipient__email__in=[email for email, _ in pairs])
    lines = [f"{email} {label}" for email, label in pairs]
    for row in rows.select_related("recipient").order_by("id"):
        lines.append(f"{row.recipient.email} {label_of(row)} {row.state} {row.attempts} {row.last_error}")
    return "\n".join(lines)
