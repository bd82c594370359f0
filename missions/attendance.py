"""What happened: both sides say, the organiser has seven days, then it confirms itself. Minutes: the ledger.

Six outcomes: present, partly (fewer minutes), excused, absent, unknown; and not tracked, a mission where
nobody keeps a list and each volunteer's word is enough.
"""

from datetime import timedelta

from django.db import transaction

from vitre_civique.lib.states import TransitionError, move
from volunteers.hours import HourError, correct, enter_signup_minutes, entry_of_signup

from .announcements import tell_volunteer
from .meetings import note_presence
from .models import Outcome, Signup, SignupState
from .models.signup import LIVE, OUTCOMES
from .places import is_newcomer, lock_slot

ORGANISER_HAS = timedelta(days=7)
MAX_MINUTES = 1440
ITSELF = "Confirmée d’elle-même : l’organisateur n’a rien dit pendant sept jours."
WALKED_IN = "Venue sans inscription."
NOT_HELD = "Les deux côtés disent que ça n’a pas eu lieu."
DISAGREEMENT = "Le volontaire et l’organisateur ne disent pas la même chose."


class AttendanceError(Exception):
    """The outcome cannot be written; `message` says why in French."""

    def __init__(self, message):
        self.message = message
        super().__init__(message)


def record(signup, outcome_state, *, minutes=None, young_present=None, by, reason="", now):
    """The organiser's or an agent's word: attended (all the minutes unless told), excused, absent or unknown.

    Again with the same outcome changes nothing. Changing what was settled needs a reason: the ledger keeps
    the first line and adds a counter-entry with who and why. `young_present`: of a group, how many came with
    the adult (all of them unless told).
    """
    if outcome_state not in OUTCOMES:
        raise AttendanceError("Choisissez ce qui s’est passé dans la liste.")
    with transaction.atomic():
        signup = _locked(signup, now)
        minutes = _minutes(signup, outcome_state, minutes)
        young = _young(signup, outcome_state, young_present)
        if (signup.state, signup.minutes, signup.young_present) == (outcome_state, minutes, young):
            return signup
        if signup.state in OUTCOMES and signup.state != SignupState.UNKNOWN and not reason.strip():
            raise AttendanceError("C’est déjà noté : dites pourquoi vous le corrigez.")
        is_done = outcome_state in (SignupState.ATTENDED, SignupState.EXCUSED, SignupState.ABSENT)
        said = {"organiser_said": Outcome.DONE if is_done else signup.organiser_said, "young_present": young}
        return _settle(signup, outcome_state, minutes, by=by, reason=reason.strip(), now=now, **said)


def add_present(slot, volunteer, *, by, now):
    """Somebody walked into a meeting without having signed up: on the sheet as present, places or not.

    Raises AttendanceError before the start, for a cancelled slot, and for whoever is on the sheet already.
    """
    with transaction.atomic():
        slot, mission = lock_slot(slot.pk, volunteer.pk)
        if not mission.is_meeting:
            raise AttendanceError("Seule une rencontre s’ouvre à qui n’est pas inscrit.")
        if slot.cancelled_at is not None or slot.starts_at > now:
            raise AttendanceError("Ce créneau est annulé, ou n’a pas encore commencé.")
        theirs = Signup.objects.select_for_update(of=("self",)).filter(slot=slot, volunteer=volunteer)
        if theirs.filter(state__in=[SignupState.CONFIRMED, *OUTCOMES]).exists():
            raise AttendanceError("Cette personne est déjà sur la feuille : notez-la sur sa ligne.")
        for signup in theirs.filter(state__in=LIVE).order_by("id"):
            move(signup, SignupState.LAPSED, now=now, by=by, reason=WALKED_IN)
        return _present(slot, volunteer, by=by, now=now)


def _present(slot, volunteer, *, by, now):
    """Born as « venue »: such a row holds no place, and nothing of the past stands in its way."""
    signup = Signup(
        slot=slot,
        volunteer=volunteer,
        state=SignupState.ATTENDED,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        created_at=now,
        is_newcomer=is_newcomer(volunteer),
        made_by=by,
        organiser_said=Outcome.DONE,
    )
    signup.minutes = _minutes(signup, SignupState.ATTENDED, None)
    signup.save()
    signup.state_changes.create(to_state=signup.state, at=now, by=by, reason=WALKED_IN)
    _enter(signup, by=by, reason=WALKED_IN, now=now)
    return signup


def volunteer_says(signup, outcome, *, minutes=None, now):
    """« C’est fait » or « Ça n’a pas eu lieu ». Twice is once; disagreement goes to the mairie."""
    with transaction.atomic():
        signup = _locked(signup, now)
        user = signup.volunteer.user if signup.volunteer else None
        if signup.volunteer_said == outcome and minutes in (None, signup.minutes):
            return signup
        stated = {"volunteer_said": Outcome(outcome)}
        if outcome == Outcome.DONE and signup.state in (SignupState.CONFIRMED, SignupState.UNKNOWN):
            stated["minutes"] = _minutes(signup, SignupState.ATTENDED, minutes)
        _write(signup, **stated)
        return _conclude(signup, by=user, now=now)


def organiser_says(signup, outcome, *, minutes=None, by, now):
    """The organiser's « C’est fait » or « Ça n’a pas eu lieu » for one volunteer."""
    with transaction.atomic():
        signup = _locked(signup, now)
        if signup.organiser_said == outcome and minutes is None:
            return signup
        stated = {"organiser_said": Outcome(outcome)}
        if minutes is not None and signup.state == SignupState.CONFIRMED:
            stated["minutes"] = _minutes(signup, SignupState.ATTENDED, minutes)
        _write(signup, **stated)
        return _conclude(signup, by=by, now=now)


def settle_silent(*, now):
    """Sweep: after seven days the volunteer's word stands, silence becomes « on ne sait pas »; how many."""
    due = Signup.objects.filter(state=SignupState.CONFIRMED, ends_at__lte=now - ORGANISER_HAS)
    settled = 0
    for signup_id in due.order_by("ends_at", "id").values_list("pk", flat=True):
        with transaction.atomic():
            settled += _settle_one(signup_id, now)
    return settled


def _settle_one(signup_id, now):
    rows = Signup.objects.select_for_update(of=("self",), skip_locked=True)
    signup = rows.filter(pk=signup_id, state=SignupState.CONFIRMED).select_related("slot__mission").first()
    if signup is None:
        return False
    target = {
        Outcome.DONE: SignupState.ATTENDED,
        Outcome.NOT_DONE: SignupState.EXCUSED,
        Outcome.SILENT: SignupState.UNKNOWN,
    }[Outcome(signup.volunteer_said)]
    minutes = _minutes(signup, target, signup.minutes)
    _settle(signup, target, minutes, by=None, reason=ITSELF, now=now)
    return True


def _conclude(signup, *, by, now):
    """Settle as soon as what has been said is enough."""
    target, reason = _verdict(signup, now)
    if target is None or target == signup.state:
        return signup
    return _settle(signup, target, _minutes(signup, target, signup.minutes), by=by, reason=reason, now=now)


def _verdict(signup, now):
    """(state, reason) that both words lead to; (None, "") while the organiser may still speak."""
    one, other = signup.volunteer_said, signup.organiser_said
    if one and other and one != other:
        return SignupState.UNKNOWN, DISAGREEMENT
    if signup.state in (SignupState.ABSENT, SignupState.EXCUSED):
        return (SignupState.UNKNOWN, DISAGREEMENT) if one == Outcome.DONE else (None, "")
    if Outcome.DONE in (one, other):
        is_enough = other or not signup.slot.mission.tracks_attendance or signup.state == SignupState.UNKNOWN
        return (SignupState.ATTENDED, "") if is_enough else (None, "")
    return (SignupState.EXCUSED, NOT_HELD) if one and other else (None, "")


def _settle(signup, target, minutes, *, by, reason, now, **said):
    said.setdefault("young_present", _young(signup, target, signup.young_present))
    try:
        if signup.state == target:
            _write(signup, minutes=minutes, **said)
        else:
            move(signup, target, now=now, by=by, reason=reason[:500], minutes=minutes, **said)
    except TransitionError:
        raise AttendanceError("Cette inscription n’attend pas de confirmation.") from None
    _enter(signup, by=by, reason=reason or "Présence corrigée.", now=now)
    return signup


def _enter(signup, *, by, reason, now):
    """What an outcome brings with it: the ledger, the first meeting, the word to the volunteer."""
    minutes = signup.minutes or 0
    try:
        _write_ledger(signup, minutes, by=by, reason=reason)
    except HourError as error:
        raise AttendanceError(error.message) from None
    note_presence(signup, by=by)
    tell_volunteer(signup, "outcome_settled", now=now, detail=f"{signup.state}-{minutes}")


def _write_ledger(signup, minutes, *, by, reason):
    subject = f"signup-{signup.pk}"
    entry = entry_of_signup(subject)
    if entry is not None:
        correct(entry, minutes=minutes, reason=reason, by=by)
    elif minutes and signup.volunteer is not None:
        label = signup.slot.mission.title
        enter_signup_minutes(
            signup.volunteer, minutes=minutes, starts_at=signup.starts_at, subject=subject, label=label, by=by
        )


def _locked(signup, now):
    """The signup read again under its lock, once the mission has begun."""
    rows = Signup.objects.select_for_update(of=("self",)).select_related("slot__mission", "volunteer__user")
    signup = rows.get(pk=signup.pk)
    if signup.state != SignupState.CONFIRMED and signup.state not in OUTCOMES:
        raise AttendanceError("Cette inscription n’attend pas de confirmation.")
    if signup.starts_at > now:
        raise AttendanceError("La mission n’a pas encore commencé.")
    return signup


def _minutes(signup, target, minutes):
    """The minutes that go with `target`: None unless the person came."""
    if target != SignupState.ATTENDED:
        return None
    minutes = min(signup.slot.minutes, MAX_MINUTES) if minutes is None else minutes
    if not 1 <= minutes <= MAX_MINUTES:
        raise AttendanceError("Indiquez entre une minute et 24 heures.")
    return minutes


def _young(signup, target, young_present):
    """How many young people came: None for whoever came alone, and when the group did not come."""
    if signup.group_id is None or target != SignupState.ATTENDED:
        return None
    if young_present is None:
        return signup.young_count if signup.young_present is None else signup.young_present
    if not 0 <= young_present <= signup.young_count:
        raise AttendanceError(f"Indiquez entre 0 et {signup.young_count} jeunes présents.")
    return young_present


def _write(signup, **fields):
    for name, value in fields.items():
        setattr(signup, name, value)
    signup.save(update_fields=list(fields))
