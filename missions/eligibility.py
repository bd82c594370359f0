"""Why a person may not (yet) sign up for a mission, in French. Places left: places.py."""

from datetime import timedelta

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db.models import Exists, OuterRef, Q, Value
from django.utils.formats import date_format

from vitre_civique.accounts.minors import consented_or_adult
from vitre_civique.lib.french import NBSP, NNBSP, count
from vitre_civique.lib.months import local_day

from .models import Block, MissionKind, MissionState, Signup, SignupState, Suspension

MINIMUM_AGE = 16
MOST_AN_HOUR = 20  # signups of one person: a whole series at ease, not a runaway script

PAST = "Ce créneau a déjà commencé."
CANCELLED = "Ce créneau est annulé."
CLOSED = "Cette mission n’est plus ouverte aux inscriptions."
GONE = f"Ce compte n’existe plus{NBSP}: l’inscription n’est pas possible."
STOPPED = "Vous avez arrêté votre heure civique. Reprenez-la depuis « Mon profil » pour vous inscrire."
CHARTER = "La charte a changé. Lisez-la et acceptez-la avant de vous inscrire."
TOO_YOUNG = (
    "Avant 16 ans, on ne s’inscrit pas seul. "
    "Le conseil municipal de la jeunesse agit en groupe, avec un adulte."
)
ADULTS_ONLY = "Cette mission est réservée aux adultes."
MEETING = (
    f"Avant d’aller chez un voisin, il y a une première rencontre avec la mairie{NBSP}: appelez-la, "
    "elle vous propose un moment."
)
CONSENT = "Il manque l’accord écrit de votre représentant légal."
SUSPENDED = "La mairie a suspendu votre participation. La raison, et comment répondre : « Mes messages »."
APART = "Cette mission ne vous est pas proposée. La mairie peut vous dire pourquoi."
OWN = "C’est votre propre demande : elle attend un voisin."
TOO_MANY = (
    f"{MOST_AN_HOUR} inscriptions en une heure{NBSP}: merci{NNBSP}! Revenez dans une heure pour la suite, "
    "ou appelez la mairie."
)
ALREADY = "Vous êtes déjà inscrit à ce créneau."
OVERLAP = "Vous avez déjà une mission à cette heure-là."


def reasons_against(volunteer, mission, slot, *, now):
    """French sentences, the plainest first; an empty list means that the person may sign up.

    A full slot is no reason: one then joins the waiting list.
    """
    return reasons_by_slot(volunteer, mission, [slot], now=now)[slot.pk]


def too_many_lately(volunteer, by, *, now):
    """Whether this person has signed up for as much as one does in an hour; true under the volunteer's lock.

    Whoever acts for somebody else, an agent on the phone, is not counted.
    """
    if by != volunteer.user:
        return False
    lately = Signup.objects.filter(volunteer=volunteer, made_by=by, created_at__gt=now - timedelta(hours=1))
    return lately.count() >= MOST_AN_HOUR


def own_signups(volunteer, *, now):
    """The person's live signups that have not ended: what a new one must fit among."""
    return list(Signup.objects.live().filter(volunteer=volunteer, ends_at__gt=now).order_by("id"))


def prerequisites_asked(mission, volunteer=None):
    """[MissionPrerequisite] with `is_held`: whether `volunteer` has it, as the mairie verified."""
    held = volunteer.prerequisites.filter(pk=OuterRef("prerequisite")) if volunteer else None
    rows = mission.mission_prerequisites.select_related("prerequisite").order_by("position")
    return list(rows.annotate(is_held=Exists(held) if volunteer else Value(value=False)))


def reasons_by_slot(volunteer, mission, slots, *, now, mine=None, asked=None):
    """{slot id: reasons} for several slots of one mission, in as many queries as for one.

    `mine` and `asked`: what own_signups() and prerequisites_asked() said, when they have been read.
    """
    mine = own_signups(volunteer, now=now) if mine is None else mine
    asked = prerequisites_asked(mission, volunteer) if asked is None else asked
    has_agreement = consented_or_adult(volunteer.user, local_day(now))
    missing = [*_about_people(volunteer.user, mission), *_about_prerequisites(asked)]
    return {
        slot.pk: [
            *_about_slot(mission, slot, now),
            *_about_volunteer(volunteer, slot),
            *_about_age(volunteer.user, mission, slot, now, has_agreement=has_agreement),
            *_about_meeting(volunteer, mission, now),
            *missing,
            *_about_other_signups(mine, slot, now),
        ]
        for slot in slots
    }


def _about_other_signups(mine, slot, now):
    if any(signup.slot_id == slot.pk for signup in mine):
        return [ALREADY]
    held = [s for s in mine if s.state == SignupState.CONFIRMED or (s.expires_at and s.expires_at > now)]
    is_busy = any(s.starts_at < slot.ends_at and slot.starts_at < s.ends_at for s in held)
    return [OVERLAP] if is_busy else []


def _about_slot(mission, slot, now):
    if slot.starts_at <= now:
        return [PAST]
    if slot.cancelled_at is not None:
        return [CANCELLED]
    return [] if mission.state == MissionState.PUBLISHED else [CLOSED]


def _about_volunteer(volunteer, slot):
    if volunteer.user.erased_at is not None or not volunteer.user.is_active:
        return [GONE]
    if volunteer.stopped_at is not None:
        return [STOPPED]
    reasons = []
    if volunteer.is_paused_on(local_day(slot.starts_at)):
        until = date_format(volunteer.paused_until, "j F Y")
        reasons.append(
            f"Vous êtes en pause jusqu’au {until}. Reprenez quand vous voulez depuis « Mon profil »."
        )
    if volunteer.charter_version != settings.CHARTER_VERSION:
        reasons.append(CHARTER)
    return reasons


def _about_age(user, mission, slot, now, *, has_agreement):
    """domain.md: under 16 never alone; at 16 and 17 with a written agreement, on missions open to minors."""
    age = user.age_on(local_day(now))
    if age is None:
        return []
    if age < MINIMUM_AGE:
        return [TOO_YOUNG]
    reasons = []
    if user.is_minor_on(local_day(slot.starts_at)) and not mission.is_open_to_minors:
        reasons.append(ADULTS_ONLY)
    if not has_agreement:
        reasons.append(CONSENT)
    return reasons


def _about_people(user, mission):
    """Somebody suspended helps nobody; where one blocked the other, the two are never brought together."""
    people = {mission.beneficiary_id, mission.proposed_by_id} - {None}
    apart = Block.objects.filter(Q(blocker=user, blocked__in=people) | Q(blocked=user, blocker__in=people))
    is_suspended, is_apart = (
        get_user_model()
        .objects.values_list(
            Exists(Suspension.objects.filter(person=user, lifted_at__isnull=True)), Exists(apart)
        )
        .get(pk=user.pk)
    )
    reasons = [SUSPENDED] if is_suspended else []
    if mission.kind != MissionKind.INTERPERSONAL or not people:
        return reasons
    if user.pk in people:
        return [*reasons, OWN]
    return [*reasons, APART] if is_apart else reasons


def _about_meeting(volunteer, mission, now):
    """A neighbour opens their door to someone the mairie has met."""
    met_on = volunteer.first_meeting_on
    is_met = met_on is not None and met_on <= local_day(now)
    return [] if is_met or mission.kind != MissionKind.INTERPERSONAL else [MEETING]


def _about_prerequisites(asked):
    names = sorted({row.prerequisite.name for row in asked if not row.is_held})
    return [f"Il faut d’abord{NBSP}: {name}. La mairie le vérifie avec vous." for name in names]


def who_may_not_go_home(signups, *, apart, now):
    """How many of `signups` (with volunteer and user) may not go to a neighbour's, in words.

    A minor, somebody the mairie has not met or of `apart` (users' keys), a group; each signup counts once.
    """
    minors, unmet, kept_away, groups = set(), set(), set(), 0
    for signup in signups:
        person, met_on = signup.volunteer, signup.volunteer.first_meeting_on
        if signup.group_id is not None:
            groups += 1
        elif person.user.is_minor_on(local_day(signup.starts_at)):
            minors.add(person.pk)
        elif met_on is None or met_on > local_day(now):
            unmet.add(person.pk)
        elif person.user_id in apart:
            kept_away.add(person.pk)
    met, proposed = "que la mairie n’a pas encore", "à qui cette demande n’est pas proposée"
    found = [
        (len(minors), "mineur", "mineurs"),
        (len(unmet), f"personne {met} rencontrée", f"personnes {met} rencontrées"),
        (len(kept_away), f"personne {proposed}", f"personnes {proposed}"),
        (groups, "groupe", "groupes"),
    ]
    return [count(number, one, many) for number, one, many in found if number]


def who_may_not_come(mission):
    """The two who asked, those suspended, and whoever blocked them or was blocked by them."""
    asked = [pk for pk in (mission.beneficiary_id, mission.proposed_by_id) if pk]
    people = get_user_model().objects.filter(
        Q(pk__in=asked)
        | Q(suspensions__lifted_at__isnull=True, suspensions__isnull=False)
        | Q(people_blocked__blocked__in=asked)
        | Q(blocked_by__blocker__in=asked)
    )
    return people.order_by().values("pk")
