"""The one eraser of a person, for their own request and for retention (DP-11). Hours stay, detached.

The row of the person stays too, emptied: who approved or wrote what keeps pointing at « Personne sans nom ».
"""

import json

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import LogEntry
from django.contrib.auth import SESSION_KEY, get_user_model
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Q

from quartiers.models import (
    Mandate,
    NeedReport,
    NeedReportStateChange,
    Reaction,
    Referral,
    ReferralStateChange,
    ReportPhoto,
    Story,
    StoryStateChange,
    Supporter,
)
from vitre_civique.accounts import files
from vitre_civique.accounts.models import Channel, ErasedPerson, GuardianConsent, PreparedFile, RoleChange
from vitre_civique.accounts.roles import is_last_administrator
from vitre_civique.notifications.models import Notification, Preference
from vitre_civique.problems.models import Problem, ProblemStateChange
from volunteers import hours
from volunteers.models import HourEntry, Volunteer

from .invitations import drop
from .models import (
    Block,
    CalendarFeed,
    CollectionStateChange,
    DisclosureLog,
    HelpOfferStateChange,
    Introduction,
    IntroductionStateChange,
    Invitation,
    InvitationStateChange,
    Message,
    Mission,
    MissionState,
    MissionStateChange,
    PrivatePlace,
    RequestDraft,
    Signup,
    SignupStateChange,
    Slot,
    Suspension,
    Tally,
    Thanks,
    ThanksStateChange,
    Thread,
)
from .models.catalogue import MissionKind
from .models.signup import LIVE
from .places import lock_volunteers
from .planning import cancel
from .signups import withdraw

CANCEL_MESSAGE = (
    "La personne qui demandait ce coup de main a quitté Vitré civique. Merci d’avoir répondu présent."
)
NEUTRAL_TITLE = hours.NEUTRAL_LABEL
WORDLESS = "effacé"
LAST_ADMINISTRATOR = (
    "Vous êtes la seule personne à régler ce site. Donnez d’abord ce rôle à quelqu’un d’autre, "
    "au bureau de la mairie, puis revenez ici."
)
OPEN_MISSIONS = [
    MissionState.DRAFT,
    MissionState.SUBMITTED,
    MissionState.RETURNED,
    MissionState.PUBLISHED,
    MissionState.SUSPENDED,
]


class ErasureError(Exception):
    """The person cannot be erased; `message` says why in French."""

    def __init__(self, message):
        self.message = message
        super().__init__(message)


@transaction.atomic
def erase_person(user, *, now, by=None, asked=ErasedPerson.Asked.PERSON):
    """Withdraw what is to come (the other side is told), then empty everything that speaks of the person.

    True when erased by this call; False, and nothing written, when the person was already erased.
    Raises ErasureError for the last administrator: nobody could give roles any more.
    """
    user = get_user_model().objects.select_for_update(of=("self",), no_key=True).get(pk=user.pk)
    if user.erased_at is not None:
        return False
    if is_last_administrator(user):
        raise ErasureError(LAST_ADMINISTRATOR)
    volunteer = Volunteer.objects.filter(user=user).first()
    lock_what_is_to_come(user, volunteer, now=now)
    withdraw_what_is_to_come(user, volunteer, by=by, now=now)
    names = names_of(user, volunteer)
    erase_introductions(user, volunteer)
    erase_own_missions(user)
    erase_desk_log(user, volunteer, names)
    if volunteer:
        erase_volunteer(volunteer)
    erase_words(user)
    erase_reports(user)
    erase_stories(user)
    erase_access(user)
    empty_row(user, now)
    ErasedPerson.objects.update_or_create(old_user_id=user.pk, defaults={"erased_at": now, "asked": asked})
    return True


def to_withdraw(volunteer, *, now):
    """Meetings the person is still counted on, the next first: shown before erasing, withdrawn by it."""
    return (
        Signup.objects.filter(volunteer=volunteer, state__in=LIVE, starts_at__gt=now)
        .select_related("slot__mission__quartier")
        .order_by("starts_at", "id")
    )


def to_cancel(user):
    """Help asked for by the person and not yet over: without them it makes no sense."""
    own = Q(proposed_by=user, state__in=OPEN_MISSIONS[:3]) | Q(beneficiary=user, state__in=OPEN_MISSIONS)
    at_home = Q(proposed_by=user, kind=MissionKind.INTERPERSONAL, state__in=OPEN_MISSIONS)
    return Mission.objects.filter(own | at_home).order_by("id")


def lock_what_is_to_come(user, volunteer, *, now):
    """Every row that withdrawing and cancelling will lock, at once and in everybody's order (signups.py).

    Whoever signs up meanwhile is waited for, then seen: the locks are let go and taken again with that slot.
    """
    missions = list(to_cancel(user).select_for_update(of=("self",), no_key=True))
    theirs = (
        Signup.objects.filter(volunteer=volunteer, state__in=LIVE) if volunteer else Signup.objects.none()
    )
    wanted = Q(mission__in=missions) | Q(pk__in=theirs.order_by().values("slot"))
    while not _lock_slots(wanted, volunteer, theirs, now):
        continue


def _lock_slots(wanted, volunteer, theirs, now):
    """False, and nothing locked, when the person took a place on yet another slot."""
    point = transaction.savepoint()
    slots = Slot.objects.filter(wanted, starts_at__gt=now).order_by("id")
    locked = list(slots.select_for_update(of=("self",), no_key=True).values_list("pk", flat=True))
    people = Q(signups__slot__in=locked, signups__state__in=LIVE)
    lock_volunteers(people | Q(pk=volunteer.pk) if volunteer else people)
    if theirs.filter(starts_at__gt=now).exclude(slot__in=locked).exists():
        transaction.savepoint_rollback(point)
        return False
    transaction.savepoint_commit(point)
    return True


def withdraw_what_is_to_come(user, volunteer, *, by, now):
    for signup in to_withdraw(volunteer, now=now) if volunteer else []:
        withdraw(signup, by=by, now=now)
    if volunteer:
        drop(Invitation.objects.filter(volunteer=volunteer), reason="Compte effacé.", by=by, now=now)
    for mission in to_cancel(user):
        cancel(mission, by=by, message=CANCEL_MESSAGE, now=now)


def names_of(user, volunteer):
    """What the desk's log may have written about the person."""
    guardians = user.guardian_consents.values_list("guardian_name", flat=True)
    wont_do = [volunteer.wont_do] if volunteer else []
    known = [user.get_full_name(), user.email, user.phone, *guardians, *wont_do]
    return [name for name in known if name and len(name) > 3]


def erase_introductions(user, volunteer):
    """What the person wrote to a neighbour and showed goes; the other side keeps their own words."""
    beside = Q(signup__slot__mission__beneficiary=user) | Q(signup__slot__mission__proposed_by=user)
    Introduction.objects.filter(beside).update(neighbour_shares=[])
    if volunteer:
        Introduction.objects.filter(signup__volunteer=volunteer).update(volunteer_shares=[])
    theirs = Introduction.objects.filter(
        beside | Q(signup__volunteer=volunteer, signup__volunteer__isnull=False)
    )
    IntroductionStateChange.objects.filter(row__in=theirs).update(reason="")
    IntroductionStateChange.objects.filter(by=user).update(by=None, reason="")
    Thread.objects.filter(introduction__in=theirs).update(report_reason="")
    Thread.objects.filter(reported_by=user).update(reported_by=None, report_reason="")
    Message.objects.filter(author=user).update(author=None, text="")
    DisclosureLog.objects.filter(viewer=user).update(viewer=None)
    Block.objects.filter(Q(blocker=user) | Q(blocked=user)).delete()
    Suspension.objects.filter(person=user).delete()
    Thanks.objects.filter(Q(author=user) | Q(recipient=user)).delete()
    RequestDraft.objects.filter(owner=user).delete()


def erase_own_missions(user):
    """Words, titles and addresses of help asked for; an action that the town published keeps its text."""
    own = Mission.objects.filter(
        Q(beneficiary=user)
        | Q(proposed_by=user, kind=MissionKind.INTERPERSONAL)
        | Q(proposed_by=user, published_at__isnull=True)
    )
    empty_missions(list(own.values_list("pk", flat=True)))
    Mission.objects.filter(proposed_by=user).update(proposed_by=None)
    Mission.objects.filter(beneficiary=user).update(beneficiary=None)


def empty_missions(pks):
    """Words, titles and addresses of these missions, wherever they were copied; states and hours stay."""
    PrivatePlace.objects.filter(mission__in=pks).delete()
    Mission.history.filter(id__in=pks).delete()
    LogEntry.objects.filter(content_type=type_of(Mission), object_id__in=map(str, pks)).update(
        object_repr=NEUTRAL_TITLE, change_message=""
    )
    subjects = [
        f"signup-{pk}" for pk in Signup.objects.filter(slot__mission__in=pks).values_list("pk", flat=True)
    ]
    hours.forget_labels(subjects)
    MissionStateChange.objects.filter(row__in=pks).update(reason="")
    Mission.objects.filter(pk__in=pks).update(
        title=NEUTRAL_TITLE, public_text="", public_place="", public_reason="", internal_note=""
    )


def erase_desk_log(user, volunteer, names):
    """The admin's log writes what things were called: names of people are taken out of it."""
    about = Q(content_type=type_of(get_user_model()), object_id=str(user.pk))
    if volunteer:
        about |= Q(content_type=type_of(Volunteer), object_id=str(volunteer.pk))
    for name in names:
        about |= Q(object_repr__contains=name) | Q(change_message__contains=json.dumps(name)[1:-1])
    LogEntry.objects.filter(about).update(object_repr="Personne effacée", change_message="")


def erase_volunteer(volunteer):
    """Signups and hours stay for the others and for the figures, without the person; offers of help go."""
    hours.detach(volunteer)
    signups = Signup.objects.filter(volunteer=volunteer)
    SignupStateChange.objects.filter(row__in=signups).update(reason="")
    signups.update(volunteer=None, made_by=None, withdraw_reason="")
    invitations = Invitation.objects.filter(volunteer=volunteer)
    InvitationStateChange.objects.filter(row__in=invitations).update(reason="")
    invitations.update(volunteer=None, reasons=[])
    volunteer.delete()


def erase_words(user):
    """What the person wrote as an author, and what was to be written to them."""
    HourEntry.objects.filter(entered_by=user).update(entered_by=None)
    Tally.objects.filter(by=user).update(by=None, note="", reason="")  # what was counted stays counted
    for trace in (
        SignupStateChange,
        ThanksStateChange,
        InvitationStateChange,
        MissionStateChange,
        CollectionStateChange,
        HelpOfferStateChange,
        NeedReportStateChange,
        StoryStateChange,
        ReferralStateChange,
    ):
        trace.objects.filter(by=user).update(by=None, reason="")
    consents = list(GuardianConsent.objects.filter(minor=user).values_list("pk", flat=True))
    Notification.objects.filter(Q(recipient=user) | Q(data__consent__in=consents)).delete()
    Preference.objects.filter(user=user).delete()
    erase_problems(user)
    GuardianConsent.objects.filter(pk__in=consents).delete()
    RoleChange.objects.filter(user=user).delete()
    files.forget(PreparedFile.objects.filter(by=user))


def erase_problems(user):
    """What they told about the site, signed in or with their address alone."""
    told = Q(user=user)
    if user.email:
        told |= Q(user__isnull=True, email__iexact=user.email)
        written = Notification.objects.filter(to_email__iexact=user.email, kind__startswith="problem_")
        written.delete()
    problems = Problem.objects.filter(pk__in=list(Problem.objects.filter(told).values_list("pk", flat=True)))
    ProblemStateChange.objects.filter(Q(row__in=problems) | Q(by=user)).update(by=None, reason="")
    problems.exclude(answer="").update(answer=WORDLESS)
    problems.update(user=None, text=WORDLESS, page="", email="")


def erase_reports(user):
    """A need of a place stays, without its author and without their own words (DP-13)."""
    reports = NeedReport.objects.filter(author=user)
    ReportPhoto.objects.filter(report__in=reports).update(description="")
    reports.filter(state="draft").delete()
    # Their own sentence, as long as the town has not made it its own.
    reports.filter(state__in=["filed", "withdrawn"]).update(public_summary="")
    reports.update(text="", author=None)
    Supporter.objects.filter(user=user).delete()
    Mandate.objects.filter(referent=user).delete()


def erase_stories(user):
    """Their stories go with them. A referral is about somebody else: it stays, without who sent it."""
    Story.objects.filter(author=user).delete()
    Reaction.objects.filter(user=user).delete()
    Referral.objects.filter(author=user).update(author=None)


def erase_access(user):
    """Nobody signs in as this person any more, on any device."""
    keys = list(UserSession.objects.filter(user=user).values_list("session_key", flat=True))
    Session.objects.filter(session_key__in=[*keys, *sessions_of(user)]).delete()
    UserSession.objects.filter(user=user).delete()
    EmailAddress.objects.filter(user=user).delete()
    Authenticator.objects.filter(user=user).delete()
    CalendarFeed.objects.filter(user=user).delete()
    user.groups.clear()
    user.user_permissions.clear()


def sessions_of(user):
    """Keys of the sessions that carry the person's number: the table has no column for it."""
    for session in Session.objects.iterator(chunk_size=2000):
        if session.get_decoded().get(SESSION_KEY) == str(user.pk):
            yield session.session_key


def empty_row(user, now):
    user.email = user.birth_date = user.declared_adult_on = user.email_suspended_at = user.last_login = None
    user.phone = user.first_name = user.last_name = user.postal_address = ""
    user.preferred_channel = Channel.EMAIL
    user.is_active = user.is_staff = user.is_superuser = False
    user.created_by = None
    user.erased_at = now
    user.set_unusable_password()
    user.save()


def type_of(model):
    return ContentType.objects.get_for_model(model)
