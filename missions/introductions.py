"""Two neighbours are introduced: proposed, accepted by each, shared, closed; and what may then be shown.

Who may see what: permissions.py. Lock: the introduction alone, always after the signup when both are held.
"""

from django.db import transaction
from django.db.models import Prefetch, Q

from vitre_civique.lib.french import NBSP
from vitre_civique.lib.months import local_day
from vitre_civique.lib.states import TransitionError, move

from .announcements import tell_neighbour, tell_volunteer
from .models import (
    Detail,
    DisclosureLog,
    Introduction,
    IntroductionState,
    Message,
    MissionKind,
    PrivatePlace,
    Side,
    Signup,
    SignupState,
    Suspension,
)
from .models.introduction import ENDED
from .permissions import DETAILS_SHOWN_AFTER_END, can_see_details, neighbour_of

# What each side may choose to show. The neighbour's address is what one needs to come.
OFFERED = {
    Side.VOLUNTEER: [Detail.PHONE, Detail.EMAIL, Detail.LAST_NAME],
    Side.NEIGHBOUR: [Detail.ADDRESS, Detail.PHONE, Detail.EMAIL, Detail.LAST_NAME],
}
CHANGED = "Cette mise en relation vient de changer : rechargez la page pour voir où elle en est."
COMES = [SignupState.CONFIRMED, SignupState.ATTENDED]


class IntroductionError(Exception):
    """The introduction cannot be changed so; `message` says why in French."""

    def __init__(self, message=CHANGED):
        self.message = message
        super().__init__(message)


def needs_introduction(signup):
    """Between neighbours of age; contact with a minor goes through the coordinator alone (domain.md)."""
    return (
        signup.slot.mission.kind == MissionKind.INTERPERSONAL
        and signup.state == SignupState.CONFIRMED
        and signup.volunteer is not None
        and not signup.volunteer.user.is_minor_on(local_day(signup.starts_at))
    )


def propose(signup, *, now):
    """Open the introduction of a confirmed signup, ask the neighbour; None where none is due."""
    if not needs_introduction(signup):
        return None
    introduction, is_new = Introduction.objects.get_or_create(signup=signup, defaults={"created_at": now})
    if is_new:
        introduction.state_changes.create(to_state=introduction.state, at=now)
        tell_neighbour(signup, "introduction_proposed", now=now)
    return introduction


def agree(introduction, *, side, shares, by, now, answered_by=None):
    """One side accepts and chooses what to show; with the second yes, both are shared at once.

    Again by the same side, before sharing, changes what it shows. `answered_by` is the agent who heard the
    neighbour's yes. Raises IntroductionError once it is shared, over, or the volunteer no longer comes.
    """
    if unknown := set(shares) - set(OFFERED[side]):
        raise IntroductionError(f"Choisissez dans la liste ce que vous montrez ({len(unknown)} de trop).")
    with transaction.atomic():
        introduction = locked(introduction)
        _require_open(introduction, now)
        had_agreed = introduction.agreed_at(side) is not None
        changes = {f"{side}_agreed_at": now, f"{side}_shares": sorted(shares)}
        if answered_by is not None:
            changes["answered_by"] = answered_by
        if had_agreed:
            Introduction.objects.filter(pk=introduction.pk).update(**changes)
            return locked(introduction)
        is_second = introduction.state == IntroductionState.ONE_AGREED
        target = IntroductionState.BOTH_AGREED if is_second else IntroductionState.ONE_AGREED
        _move(introduction, target, now=now, by=by, **changes)
        if is_second:
            _move(introduction, IntroductionState.SHARED, now=now, shared_at=now)
            tell_volunteer(introduction.signup, "introduction_shared", now=now)
            tell_neighbour(introduction.signup, "introduction_shared_neighbour", now=now)
    return introduction


def revoke(introduction, *, by, side=None, reason="", now):
    """Take back the introduction: nothing is shown any more, the other side is told, the signup stays.

    Raises IntroductionError when it has ended already.
    """
    with transaction.atomic():
        introduction = locked(introduction)
        if introduction.state in ENDED:
            raise IntroductionError("Cette mise en relation est déjà terminée : plus rien n’est montré.")
        _move(introduction, IntroductionState.REVOKED, now=now, by=by, reason=reason.strip()[:500])
        if side != Side.VOLUNTEER:
            tell_volunteer(introduction.signup, "introduction_revoked", now=now)
        if side != Side.NEIGHBOUR:
            tell_neighbour(introduction.signup, "introduction_revoked_neighbour", now=now)
    return introduction


def end(signup, *, now, by=None, reason=""):
    """The volunteer no longer comes: nothing is shown any more. The verb of the signup tells people."""
    rows = Introduction.objects.select_for_update(of=("self",)).filter(signup=signup)
    for introduction in rows.exclude(state__in=ENDED):
        _move(introduction, IntroductionState.REVOKED, now=now, by=by, reason=reason[:500])


def sweep(*, now):
    """Sweep: open what is missing; close 30 days after the end, or at the end if never shared. How many."""
    missing = Signup.objects.filter(
        slot__mission__kind=MissionKind.INTERPERSONAL,
        state=SignupState.CONFIRMED,
        starts_at__gt=now,
        introduction__isnull=True,
        volunteer__isnull=False,
    ).select_related("slot__mission__beneficiary", "slot__mission__proposed_by", "volunteer__user")
    opened = 0
    for signup in missing.order_by("id"):
        with transaction.atomic():
            opened += propose(signup, now=now) is not None
    over = Q(signup__ends_at__lte=now - DETAILS_SHOWN_AFTER_END)
    never = Q(signup__ends_at__lte=now) & ~Q(state=IntroductionState.SHARED)
    gone = ~Q(signup__state__in=COMES) & Q(signup__ends_at__lte=now)
    due = Introduction.objects.exclude(state__in=ENDED).filter(over | never | gone)
    closed = 0
    for introduction in due.order_by("id"):
        try:
            move(introduction, IntroductionState.CLOSED, now=now)
        except TransitionError:  # another sweep, or a person, was first
            continue
        closed += 1
    return opened + closed


def disclose(introduction, *, side, viewer, now, told_by=None):
    """{label: value} of what the other side agreed to show to `side`, and the trace that it was shown.

    Raises IntroductionError, and writes nothing, when nothing may be shown. `told_by`: the agent who reads it
    to somebody on the phone.
    """
    with transaction.atomic():
        introduction = locked(introduction)
        if not can_see_details(side, introduction, now=now):
            raise IntroductionError("Rien n’est à montrer : il manque un accord, ou c’est terminé.")
        shown = _details_for(side, introduction)
        DisclosureLog.objects.create(
            introduction=introduction,
            viewer=viewer,
            told_by=told_by,
            how=DisclosureLog.How.PHONE if told_by else DisclosureLog.How.PAGE,
            details=introduction.shares_of(_other(side)),
            at=now,
        )
    return shown


def for_page(user):
    """Introductions of one person, on either side, with what their pages show."""
    mission = "signup__slot__mission"
    mine = Q(signup__volunteer__user=user) | Q(**{f"{mission}__beneficiary": user})
    return (
        Introduction.objects.filter(mine | Q(**{f"{mission}__proposed_by": user}))
        .exclude(**{f"{mission}__kind": MissionKind.COLLECTIVE})
        .select_related(
            f"{mission}__quartier",
            f"{mission}__beneficiary",
            f"{mission}__proposed_by",
            "signup__volunteer__user",
            "signup__volunteer__quartier",
            "thread",
        )
        .distinct()
        .order_by("-id")
    )


def for_messages(user):
    """The same, those with messages or still open first read; each with its latest message."""
    latest = Message.objects.order_by("-sent_at", "-id")
    return for_page(user).prefetch_related(Prefetch("thread__messages", latest, to_attr="latest_first"))


def locked(introduction):
    rows = Introduction.objects.select_for_update(of=("self",)).select_related(
        "signup__slot__mission__beneficiary",
        "signup__slot__mission__proposed_by",
        "signup__volunteer__user",
    )
    return rows.get(pk=introduction.pk)


def _require_open(introduction, now):
    signup = introduction.signup
    if introduction.state == IntroductionState.SHARED:
        raise IntroductionError("C’est déjà fait : vous vous êtes mis d’accord tous les deux.")
    if introduction.state in ENDED or signup.state not in COMES or signup.ends_at <= now:
        raise IntroductionError(f"Cette mise en relation est terminée{NBSP}: plus rien n’est montré.")
    people = [neighbour_of(signup.slot.mission), signup.volunteer and signup.volunteer.user]
    is_stopped = Suspension.objects.filter(person__in=[p for p in people if p], lifted_at__isnull=True)
    if is_stopped.exists():
        raise IntroductionError("La mairie doit d’abord vous parler : appelez-la.")


def _move(introduction, target, **changes):
    try:
        return move(introduction, target, **changes)
    except TransitionError:
        raise IntroductionError from None


def _other(side):
    return Side.NEIGHBOUR if side == Side.VOLUNTEER else Side.VOLUNTEER


def _details_for(side, introduction):
    """What `side` is shown: the other's details, those chosen and known."""
    mission = introduction.signup.slot.mission
    chosen = introduction.shares_of(_other(side))
    if side == Side.NEIGHBOUR:
        person, place = introduction.signup.volunteer.user, None
    else:
        person, place = neighbour_of(mission), PrivatePlace.objects.filter(mission=mission).first()
    known = {
        Detail.LAST_NAME: ("Nom", person and person.get_full_name()),
        Detail.ADDRESS: ("Adresse", place and place.address),
        Detail.PHONE: ("Téléphone", (place and place.phone) or (person and person.phone)),
        Detail.EMAIL: ("E-mail", person and person.email),
    }
    shown = {known[detail][0]: known[detail][1] for detail in Detail if detail in chosen and known[detail][1]}
    if Detail.ADDRESS in chosen and place and place.instructions:
        shown["Pour trouver"] = place.instructions
    return shown
