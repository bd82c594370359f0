"""Meetings (« rencontres »): whoever the mairie noted as present has been met, and may go to neighbours."""

from django.db.models import Min, Q

from vitre_civique.accounts.permissions import can
from vitre_civique.lib.months import local_day
from volunteers.models import Volunteer

from .models import Signup, SignupState


def note_presence(signup, *, by):
    """Bring `first_meeting_on` in line with what was noted of a meeting; True when it changed.

    Only the word of somebody of the mairie counts: nobody opens neighbours' doors to themselves by saying
    that they came. A presence taken back takes back the date it gave, never another.
    """
    if not signup.slot.mission.is_meeting or signup.volunteer_id is None:
        return False
    if by is None or not can(by, "signup.record_attendance"):
        return False
    met_on, person = local_day(signup.starts_at), Volunteer.objects.filter(pk=signup.volunteer_id)
    if signup.state == SignupState.ATTENDED:
        is_later = Q(first_meeting_on__isnull=True) | Q(first_meeting_on__gt=met_on)
        return bool(person.filter(is_later).update(first_meeting_on=met_on))
    return bool(person.filter(first_meeting_on=met_on).update(first_meeting_on=_earliest_other(signup)))


def _earliest_other(signup):
    """The day of the first other meeting at which the person was noted as present, or None."""
    others = Signup.objects.filter(
        volunteer=signup.volunteer_id,
        slot__mission__is_meeting=True,
        state=SignupState.ATTENDED,
        organiser_said="done",
    ).exclude(pk=signup.pk)
    first = others.aggregate(first=Min("starts_at"))["first"]
    return local_day(first) if first else None
