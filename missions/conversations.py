"""Messages between introduced neighbours: writing, reporting, blocking. Agents read reported ones only."""

from datetime import timedelta

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Q

from vitre_civique.lib.french import NBSP
from vitre_civique.notifications.outbox import notify

from .announcements import agents
from .models import Block, Message, Side, Suspension, Thread
from .models.introduction import ENDED
from .permissions import neighbour_of

MESSAGES_AN_HOUR = 20  # requirement SEC-07
HOUR = timedelta(hours=1)


class ConversationError(Exception):
    """The message cannot be written; `message` says why in French."""

    def __init__(self, message):
        self.message = message
        super().__init__(message)


def other_party(introduction, side):
    """The person at the other end; None when nobody reads the site there (or no more)."""
    mission, volunteer = introduction.signup.slot.mission, introduction.signup.volunteer
    if side == Side.NEIGHBOUR:
        return volunteer.user if volunteer else None
    return mission.proposed_by or neighbour_of(mission)


def reason_against_writing(introduction, side, author, *, now):
    """A French sentence, or "" when a message may be sent now."""
    other = other_party(introduction, side)
    if introduction.state in ENDED:
        return f"Cette conversation est terminée{NBSP}: le rendez-vous est passé, ou n’aura pas lieu."
    if other is None or not other.is_active or not (other.email or other.has_usable_password()):
        return "Cette personne ne lit pas le site : la mairie lui transmet vos mots. Appelez-la."
    if are_apart(author, other):
        return "Vous ne pouvez plus vous écrire. La mairie peut vous aider si besoin."
    if Suspension.objects.filter(person=author, lifted_at__isnull=True).exists():
        return "Votre participation est suspendue : répondez d’abord à la mairie."
    if Message.objects.filter(author=author, sent_at__gt=now - HOUR).count() >= MESSAGES_AN_HOUR:
        return "Vous avez beaucoup écrit en une heure : reprenez un peu plus tard, ou appelez la mairie."
    return ""


def are_apart(one, other):
    """Whether one of the two has blocked the other."""
    pair = Q(blocker=one, blocked=other) | Q(blocker=other, blocked=one)
    return Block.objects.filter(pair).exists()


def write(introduction, *, side, author, text, now):
    """Send a message; the other is told that one waits, never what it says, and once until they come back.

    Raises ConversationError when it is over, blocked, suspended, or beyond twenty an hour.
    """
    with transaction.atomic():
        # One writer at a time for each person, so that two tabs do not pass the limit together.
        get_user_model().objects.select_for_update(of=("self",), no_key=True).get(pk=author.pk)
        if reason := reason_against_writing(introduction, side, author, now=now):
            raise ConversationError(reason)
        thread, _ = Thread.objects.get_or_create(introduction=introduction, defaults={"created_at": now})
        message = thread.messages.create(author=author, text=text, sent_at=now)
        data = {"thread": thread.pk}
        key = f"message_waiting:{thread.pk}:{message.pk}"
        if not _was_told_lately(thread, author, message):
            notify(other_party(introduction, side), "message_waiting", key, now=now, data=data)
    return message


def _was_told_lately(thread, author, message):
    """Several messages in a row are one notice."""
    before = thread.messages.exclude(pk=message.pk).order_by("-sent_at", "-id").first()
    return bool(before and before.author_id == author.pk and message.sent_at - before.sent_at < HOUR)


def report(introduction, *, by, reason, now):
    """Tell the mairie that something is wrong: agents may read the thread from then on. Twice is once."""
    with transaction.atomic():
        thread, _ = Thread.objects.get_or_create(introduction=introduction, defaults={"created_at": now})
        changes = {"reported_at": now, "reported_by": by, "report_reason": reason[:500], "handled_at": None}
        open_again = Q(reported_at__isnull=True) | Q(handled_at__isnull=False)
        if Thread.objects.filter(open_again, pk=thread.pk).update(**changes):
            for agent in agents():
                key = f"thread_reported:{thread.pk}:{now.timestamp():.0f}:{agent.pk}"
                notify(agent, "thread_reported", key, now=now, data={"thread": thread.pk})
    return thread


def block(introduction, *, side, by, now):
    """No more messages nor signups between the two. The other is not told. Twice is once."""
    other = other_party(introduction, side)
    if other is not None and other.pk != by.pk:
        Block.objects.get_or_create(blocker=by, blocked=other, defaults={"at": now})
