"""Sending what the outbox holds: claim a batch, check that each is still true, render, hand over, mark.

Who is owed what is decided by those who queue, when it may leave by calm.py; leases.py fences each mark.
"""

import logging
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from vitre_civique.accounts.models import Channel
from vitre_civique.lib.months import add_months, local_day, month_of

from . import bounces, calm, kinds, leases, probes, rendering
from .freezes import freeze_of
from .models import Notification, NotificationState, Preference, Rhythm
from .outbox import channel_of
from .relay import Relay, RelayAway, Result

logger = logging.getLogger(__name__)

BATCH = 100
BUILD_TRIES = 5
RELAY_TRIES = 12  # with the back-off below: about two days
FIRST_WAIT = timedelta(minutes=2)
LONGEST_WAIT = timedelta(hours=6)


def wait_after(attempts: int) -> timedelta:
    """Two minutes, four, eight… six hours at most."""
    return min(FIRST_WAIT * 2**attempts, LONGEST_WAIT)


def deliver_batch(*, now: datetime, limit: int = BATCH, relay: Relay | None = None) -> Counter:
    """Deliver up to `limit` due mails; counts by outcome, empty when nothing was due."""
    lease = leases.claim(now=now, limit=limit)
    if not lease.rows:
        return Counter()
    return Batch(lease, now).deliver(relay)


def deliver_one(notification, *, now: datetime, timeout: float) -> Counter:
    """Deliver that very row in this process, with a short patience; what fails is left to the workers."""
    lease = leases.claim_one(notification.pk, now=now)
    if not lease.rows:
        return Counter()
    return Batch(lease, now).deliver(Relay(timeout=timeout))


@dataclass
class Batch:
    """One claimed batch on its way: a clock that runs from `now`, and the mail that has just left."""

    lease: leases.Lease
    now: datetime
    counts: Counter = field(default_factory=Counter)

    def __post_init__(self):
        self.started = time.monotonic()
        self.just_sent = None

    @property
    def moment(self) -> datetime:
        return self.now + timedelta(seconds=time.monotonic() - self.started)

    @property
    def is_late(self) -> bool:
        """Past half the lease: what has not begun is given back."""
        return self.moment > self.lease.until - leases.LEASE / 2

    def deliver(self, relay=None) -> Counter:
        letters = self.prepare()
        if letters:
            relay = relay or Relay()
            try:
                with relay:
                    self.send_all(relay, letters)
            except RelayAway as error:
                logger.warning("Mail relay away (%s): %d mails wait.", error, len(letters))
                self.counts["relay_away"] += leases.give_back(self.lease, [row for row, _ in letters])
        return self.counts

    # What is still true, rendered

    def prepare(self) -> list[tuple[Notification, kinds.Message]]:
        rows = [row for row in self.lease.rows if self._may_leave(row)]
        rows = self._within_caps(self._outside_reserve(self._wanted(rows)))
        facts = self._facts(rows)
        letters = []
        for row in rows:
            message = self._built(row, facts.get(row.pk)) if row.pk in facts else None
            if message is not None:
                letters.append((row, message))
        return letters

    def _may_leave(self, row) -> bool:
        """A kind we know, an address that works, an account that lives, not too late."""
        if not kinds.is_known(row.kind):
            return self._close(row, NotificationState.SET_ASIDE, "genre inconnu")
        if row.expires_at is not None and row.expires_at <= self.now:
            return self._close(row, NotificationState.DROPPED, "délai passé")
        person = row.recipient
        if row.to_email or person is None:
            return True
        if not person.is_active:
            return self._close(row, NotificationState.DROPPED, "compte fermé")
        channel = channel_of(person)
        if channel != Channel.EMAIL and not (person.has_usable_email and kinds.kind_of(row).is_urgent):
            leases.reroute(self.lease, row, channel)
            self.counts["rerouted"] += 1
            return False
        return True

    def _wanted(self, rows):
        """Without those whose person has said « jamais »."""
        recurrent = [row for row in rows if kinds.kind_of(row).is_recurrent]
        if not recurrent:
            return rows
        never = set(
            Preference.objects.filter(
                user__in={row.recipient_id for row in recurrent}, rhythm=Rhythm.NEVER
            ).values_list("user_id", "kind")
        )
        unwanted = {row.pk for row in recurrent if (row.recipient_id, row.kind) in never}
        for row in rows:
            if row.pk in unwanted:
                self._close(row, NotificationState.DROPPED, "ne veut plus de ces messages")
        return [row for row in rows if row.pk not in unwanted]

    def _outside_reserve(self, rows):
        """Without what praises the town in the days before an election: dropped, it would be stale later."""
        editorial = {row.pk for row in rows if kinds.kind_of(row).is_editorial}
        if not editorial or freeze_of(self.now) is None:
            return rows
        for row in rows:
            if row.pk in editorial:
                self._close(row, NotificationState.DROPPED, "réserve électorale")
        return [row for row in rows if row.pk not in editorial]

    def _within_caps(self, rows):
        """One alert a day, four a month at most; a constraint keeps the day when two workers race."""
        alerts = [row for row in rows if kinds.kind_of(row).is_alert]
        if not alerts:
            return rows
        today, month = local_day(self.now), month_of(self.now)
        days = defaultdict(set)
        for person, day in Notification.objects.filter(
            recipient__in={row.recipient_id for row in alerts},
            alert_on__gte=month,
            alert_on__lt=add_months(month, 1),
        ).values_list("recipient_id", "alert_on"):
            days[person].add(day)
        held = set()
        for row in alerts:
            had = days[row.recipient_id]
            if len(had) >= calm.ALERTS_PER_MONTH:
                self._close(row, NotificationState.DROPPED, "plafond du mois atteint")
            elif today in had:
                self._hold_until_tomorrow(row)
            else:
                had.add(today)
                continue
            held.add(row.pk)
        return [row for row in rows if row.pk not in held]

    def _facts(self, rows) -> dict:
        by_kind = defaultdict(list)
        for row in rows:
            by_kind[row.kind].append(row)
        facts = {}
        for name, group in by_kind.items():
            facts |= self._loaded(kinds.get(name), group)
        return facts

    def _loaded(self, kind, group) -> dict:
        try:
            found = kind.load(group, now=self.now)
        except Exception as error:
            if len(group) == 1:
                self._poison(group[0], error)
                return {}
            # One of them spoils the others: look at each alone.
            found = {}
            for row in group:
                found |= self._loaded(kind, [row])
            return found
        for row in group:
            if row.pk not in found:
                self._close(row, NotificationState.DROPPED, "n’est plus vrai")
        return found

    def _built(self, row, facts) -> kinds.Message | None:
        kind = kinds.kind_of(row)
        try:
            message = kind.builder(row, facts, now=self.now)
            content = message and rendering.letter(row, message, now=self.now)
        except Exception as error:
            return self._poison(row, error)
        if message is None:
            self._close(row, NotificationState.DROPPED, "n’est plus vrai")
            return None
        leaves_at = calm.leaves_at(kind, message.happens_at, self.now)
        if leaves_at > self.now:
            leases.retry(self.lease, row, due_at=leaves_at, error="", counts=False)
            self.counts["held"] += 1
            return None
        return content

    # Handing over

    def send_all(self, relay, letters) -> None:
        for n, (row, content) in enumerate(letters):
            if self.is_late:
                self.counts["given_back"] += leases.give_back(self.lease, [row for row, _ in letters[n:]])
                break
            if self._send(relay, row, content) == Result.RELAY_AWAY:
                self.counts["relay_away"] += leases.give_back(
                    self.lease, [row for row, _ in letters[n + 1 :]]
                )
                break
        self._mark_just_sent()

    def _send(self, relay, row, content) -> Result | None:
        alert_on = local_day(self.now) if kinds.kind_of(row).is_alert else None
        if alert_on:
            self._mark_just_sent()
        try:
            is_ours = leases.step(
                self.lease,
                row,
                message_id=rendering.message_id(row.dedupe_key),
                alert_on=alert_on,
                sent=self.just_sent,
                now=self.moment,
            )
        except leases.AlreadyAlerted:
            return self._hold_until_tomorrow(row)
        self.just_sent = None
        if not is_ours:
            self.counts["lost_lease"] += 1
            return None
        answer = relay.send(rendering.sender_address(), rendering.address_of(row), content)
        self._note(row, answer)
        return answer.result

    def _note(self, row, answer) -> None:
        if answer.result == Result.ACCEPTED:
            self.counts["sent"] += 1
            self.just_sent = row
        elif answer.result == Result.RELAY_AWAY:
            self.counts["relay_away"] += leases.retry(
                self.lease, row, due_at=row.due_at, error=answer.words, counts=False
            )
        elif answer.result == Result.LATER:
            self._try_later(row, answer.words)
        elif answer.result == Result.UNCERTAIN:
            # Stays « sending » until its lease ends: then the relay is asked.
            self.counts["uncertain"] += 1
        else:
            self._close(row, NotificationState.REFUSED, answer.words)
            if answer.result == Result.NO_SUCH_ADDRESS and row.recipient is not None:
                bounces.suspend(row.recipient, now=self.moment)

    def _mark_just_sent(self) -> None:
        if self.just_sent is not None:
            leases.step(self.lease, None, sent=self.just_sent, now=self.moment)
            self.just_sent = None

    # Marks

    def _close(self, row, state, error) -> bool:
        leases.finish(self.lease, row, state, error=error, now=self.moment)
        self.counts[str(state)] += 1
        return False

    def _hold_until_tomorrow(self, row) -> None:
        leases.retry(
            self.lease, row, due_at=calm.next_day(self.now), error="une alerte par jour", counts=False
        )
        self.counts["held"] += 1

    def _try_later(self, row, words) -> None:
        if row.attempts + 1 >= RELAY_TRIES:
            self._close(row, NotificationState.SET_ASIDE, words)
            return
        leases.retry(self.lease, row, due_at=self.moment + wait_after(row.attempts), error=words)
        self.counts["later"] += 1

    def _poison(self, row, error) -> None:
        reason = f"{type(error).__name__}: {error}"
        logger.error("Notification %s (%s) cannot be built: %s", row.pk, row.kind, type(error).__name__)
        if row.attempts + 1 >= BUILD_TRIES:
            self._close(row, NotificationState.SET_ASIDE, reason)
            return
        leases.retry(self.lease, row, due_at=self.moment + wait_after(row.attempts), error=reason)
        self.counts["poison"] += 1


def settle_uncertain(*, now: datetime, probe=None, limit: int = BATCH) -> Counter:
    """Mails whose worker died while sending: ask the relay, else the kind's policy decides."""
    lease = leases.claim_uncertain(now=now, limit=limit)
    probe = probe or probes.configured()
    counts = Counter()
    for row in lease.rows:
        counts[_settle(lease, row, was_accepted=probe.was_accepted(row.message_id), now=now)] += 1
    return counts


def _settle(lease, row, *, was_accepted: bool | None, now) -> str:
    if was_accepted:
        leases.finish(lease, row, NotificationState.SENT, now=now)
        return "sent"
    if (
        was_accepted is None
        and kinds.is_known(row.kind)
        and not kinds.kind_of(row).sends_again_when_uncertain
    ):
        leases.finish(lease, row, NotificationState.SET_ASIDE, error="envoi incertain", now=now)
        return "set_aside"
    leases.retry(lease, row, due_at=now, error="envoi interrompu", counts=False)
    return "again"
