"""What needs doing today at the mairie: counts that lead to filtered lists, and the rows of those lists."""

from datetime import timedelta

from django.contrib.auth import get_user_model
from django.db.models import Count, Exists, IntegerField, Min, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce
from django.urls import reverse

from vitre_civique.accounts.desk import ToDo
from vitre_civique.lib.counting import counts, in_words
from vitre_civique.lib.months import day_bounds, local_day, week_bounds
from vitre_civique.notifications.models import Notification, NotificationState

from .models import (
    Collection,
    HelpOffer,
    HelpOfferState,
    Invitation,
    InvitationState,
    Mission,
    MissionState,
    Signup,
    SignupState,
    SignupStateChange,
    Slot,
    Thanks,
    ThanksState,
)

LATE = timedelta(hours=24)  # a withdrawal so close to the hour that somebody must be called
AWAY_STATES = [NotificationState.SET_ASIDE, NotificationState.REFUSED]


def held_places(now):
    """Number of places held on a slot (outer row): a subquery, for lists."""
    held = Signup.objects.holding(now).filter(slot=OuterRef("pk")).order_by().values("slot")
    return Coalesce(Subquery(held.annotate(n=Sum("seats")).values("n"), output_field=IntegerField()), 0)


def slots_for_desk(now):
    """Slots with their mission, quartier and `held_count`."""
    return Slot.objects.select_related("mission", "mission__quartier").annotate(held_count=held_places(now))


def empty_slots(now, start, end):
    """Slots of published missions that begin in [start, end), are still to come, and have nobody."""
    held = Signup.objects.holding(now).filter(slot=OuterRef("pk"))
    return Slot.objects.filter(
        ~Exists(held),
        mission__state=MissionState.PUBLISHED,
        cancelled_at__isnull=True,
        starts_at__gte=max(start, now),
        starts_at__lt=end,
    )


def missions_for_desk(now):
    """Missions with `next_starts_at`, `places_count` and `held_count`: one query however many rows."""
    slots = (
        Slot.objects.filter(mission=OuterRef("pk"), cancelled_at__isnull=True).order_by().values("mission")
    )
    upcoming = slots.filter(starts_at__gte=now)
    held = (
        Signup.objects.holding(now)
        .filter(slot__mission=OuterRef("pk"), slot__cancelled_at__isnull=True)
        .order_by()
        .values("slot__mission")
    )
    return Mission.objects.select_related("quartier", "association", "gesture").annotate(
        next_starts_at=Subquery(upcoming.annotate(at=Min("starts_at")).values("at")),
        places_count=Coalesce(
            Subquery(slots.annotate(n=Sum("places")).values("n"), output_field=IntegerField()), 0
        ),
        held_count=Coalesce(
            Subquery(held.annotate(n=Sum("seats")).values("n"), output_field=IntegerField()), 0
        ),
    )


def missions_without_volunteer(queryset, now):
    """Published missions of which a slot to come has nobody."""
    empty = empty_slots(now, now, now + timedelta(days=3650)).filter(mission=OuterRef("pk"))
    return queryset.filter(Exists(empty))


def outcomes_to_record(now):
    """Confirmed signups whose slot is over: somebody must say what happened."""
    return Signup.objects.filter(state=SignupState.CONFIRMED, ends_at__lte=now)


def late_withdrawals(now):
    """Withdrawals made less than 24 hours before a slot that is still to come."""
    late = SignupStateChange.objects.filter(
        row=OuterRef("pk"), to_state=SignupState.WITHDRAWN, at__gt=OuterRef("starts_at") - LATE
    )
    return Signup.objects.filter(
        Exists(late),
        state=SignupState.WITHDRAWN,
        slot__starts_at__gt=now,  # the slot's own: few begin so soon, and their index says which
        slot__starts_at__lte=now + LATE,
        slot__cancelled_at__isnull=True,
    )


def people_to_call(now):
    """People who have a message waiting and no e-mail to send it to."""
    waiting = Notification.objects.filter(
        recipient=OuterRef("pk"),
        state=NotificationState.QUEUED,
        due_at__lte=now,
        channel__in=["phone", "post"],
    )
    return get_user_model().objects.filter(Exists(waiting), is_active=True)


def to_do(now):
    """The ToDo lines in order of urgency, empty ones left out. One query."""
    numbers = counts(**_counted(now))
    late = numbers["late"]
    lines = [
        ToDo(
            late,
            in_words(late, "désistement de dernière minute", "désistements de dernière minute"),
            _list("signup", quoi="desistement"),
            "phone-call",
            is_pressing=True,
        ),
        *_empty_slot_lines(numbers),
        *_decision_lines(numbers),
        *_message_lines(numbers),
    ]
    return [line for line in lines if line.number]


def _counted(now):
    """{name: rows} of all that to_do() counts."""
    today = local_day(now)
    tomorrow, week_end = day_bounds(today + timedelta(days=1)), week_bounds(today)[1]
    return {
        "late": late_withdrawals(now),
        "empty_today": empty_slots(now, *day_bounds(today)),
        "empty_tomorrow": empty_slots(now, *tomorrow),
        "empty_this_week": empty_slots(now, tomorrow[1], max(week_end, tomorrow[1])),
        "missions": Mission.objects.filter(state=MissionState.SUBMITTED),
        "signups": Signup.objects.filter(state=SignupState.PENDING, expires_at__gt=now),
        "outcomes": outcomes_to_record(now),
        "invitations": Invitation.objects.filter(state=InvitationState.PROPOSED),
        "overdue": Collection.objects.overdue(today),
        "offers": HelpOffer.objects.filter(state=HelpOfferState.SUBMITTED),
        "thanks": Thanks.objects.filter(state=ThanksState.SUBMITTED),
        "aside": Notification.objects.filter(state__in=AWAY_STATES),
        "calls": people_to_call(now),
    }


def _empty_slot_lines(numbers):
    lines = []
    for name, when, words in (
        ("empty_today", "aujourdhui", "aujourd’hui"),
        ("empty_tomorrow", "demain", "demain"),
        ("empty_this_week", "semaine", "d’ici dimanche"),
    ):
        number = numbers[name]
        sentence = f"{in_words(number, 'créneau', 'créneaux')} sans volontaire {words}"
        lines.append(
            ToDo(
                number,
                sentence,
                _list("slot", quand=when, vide="oui"),
                "calendar-x",
                is_pressing=when != "semaine",
            )
        )
    return lines


def _decision_lines(numbers):
    missions, signups, outcomes = numbers["missions"], numbers["signups"], numbers["outcomes"]
    invitations, overdue = numbers["invitations"], numbers["overdue"]
    offers, thanks = numbers["offers"], numbers["thanks"]
    return [
        ToDo(
            missions,
            f"{in_words(missions, 'demande', 'demandes')} à valider",
            _list("mission", etat="submitted"),
            "inbox",
        ),
        ToDo(
            signups,
            f"{in_words(signups, 'inscription', 'inscriptions')} à confirmer",
            _list("signup", quoi="a-confirmer"),
            "user-check",
        ),
        ToDo(
            outcomes,
            f"{in_words(outcomes, 'présence', 'présences')} à noter",
            _list("signup", quoi="a-noter"),
            "clipboard-check",
        ),
        ToDo(
            invitations,
            f"{in_words(invitations, 'invitation', 'invitations')} à relire",
            reverse("admin:missions_invitation_review"),
            "hand-heart",
        ),
        ToDo(
            overdue,
            f"{in_words(overdue, 'collecte', 'collectes')} à clore",
            _list("collection", etat="a-clore"),
            "package-check",
        ),
        ToDo(
            offers,
            f"{in_words(offers, 'offre d’aide', 'offres d’aide')} à relire",
            _list("helpoffer", state__exact="submitted"),
            "sprout",
        ),
        ToDo(
            thanks,
            f"{in_words(thanks, 'mot de merci', 'mots de merci')} à relire",
            _list("thanks", state__exact="submitted"),
            "heart",
        ),
    ]


def _message_lines(numbers):
    aside, calls = numbers["aside"], numbers["calls"]
    notifications = reverse("admin:notifications_notification_changelist")
    return [
        ToDo(
            calls,
            f"{in_words(calls, 'personne', 'personnes')} sans e-mail à prévenir",
            f"{notifications}?etat=a-appeler",
            "phone",
        ),
        ToDo(
            aside,
            f"{in_words(aside, 'message non remis', 'messages non remis')}",
            f"{notifications}?etat=de-cote",
            "mail-x",
        ),
    ]


def _list(model, **filters):
    query = "&".join(f"{name}={value}" for name, value in filters.items())
    return f"{reverse(f'admin:missions_{model}_changelist')}?{query}"


def open_signups(mission):
    """Live signups of a mission: the people a cancellation tells."""
    return Signup.objects.live().filter(slot__mission=mission, slot__cancelled_at__isnull=True)


def people_told_by_cancelling(missions):
    """How many different people would be told if `missions` were cancelled."""
    live = Signup.objects.live().filter(slot__mission__in=missions, slot__cancelled_at__isnull=True)
    return live.aggregate(n=Count("volunteer", distinct=True, filter=Q(volunteer__isnull=False)))["n"]
