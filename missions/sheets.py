"""The lines of an attendance sheet: who was expected, what was noted. Names only for who may see them."""

from django.db.models import Exists, OuterRef

from vitre_civique.lib import french
from vitre_civique.lib.months import local_day
from vitre_civique.lib.search import plain
from volunteers.models import Volunteer

from .models import Signup, SignupState
from .models.signup import OUTCOMES

ON_SHEET = [SignupState.CONFIRMED, *OUTCOMES]
LETTERS_AT_LEAST = 2
FOUND_AT_MOST = 10
WORDS = {
    SignupState.ATTENDED: "Présence notée",
    SignupState.EXCUSED: "Excusée",
    SignupState.ABSENT: "Absente",
    SignupState.UNKNOWN: "On ne sait pas",
}


def for_sheet(slot):
    """Everyone expected on the slot, by first name."""
    return (
        Signup.objects.filter(slot=slot, state__in=ON_SHEET)
        .select_related("volunteer__user", "group")
        .order_by("volunteer__user__first_name", "volunteer__user__last_name", "id")
    )


def sheet_rows(signups, *, sees_names):
    return [
        {
            "signup": signup,
            "name": _name(signup, sees_names=sees_names),
            "group": group_words(signup),
            "is_open": signup.state in (SignupState.CONFIRMED, SignupState.UNKNOWN),
            "outcome": _outcome(signup),
            "is_walk_in": signup.is_walk_in,
            "coming_said_on": local_day(signup.coming_said_at) if signup.coming_said_at else None,
            "volunteer_said": signup.get_volunteer_said_display() if signup.volunteer_said else "",
        }
        for signup in signups
    ]


def who_could_be_added(slot, name):
    """The first ten volunteers whose name has every word of `name` and who are not on the sheet, by name."""
    words = plain(name).split()
    if len("".join(words)) < LETTERS_AT_LEAST:
        return []
    on_sheet = Signup.objects.filter(volunteer=OuterRef("pk"), slot=slot, state__in=ON_SHEET)
    people = Volunteer.objects.filter(~Exists(on_sheet), user__is_active=True)
    for word in words:
        people = people.filter(user__search_text__contains=word)
    rows = people.select_related("user", "quartier").order_by("user__last_name", "user__first_name", "id")
    return list(rows[:FOUND_AT_MOST])


def given_back(slot, *, sees_names):
    """Who gave their place back, the last first, and the word they left for the organiser."""
    rows = Signup.objects.filter(slot=slot, state=SignupState.WITHDRAWN).select_related("volunteer__user")
    return [
        {"name": _name(signup, sees_names=sees_names), "reason": signup.withdraw_reason}
        for signup in rows.order_by("-id")
    ]


def _name(signup, *, sees_names):
    """The proposer of a mission, a resident, sees first names only."""
    if signup.volunteer is None:
        return "Compte effacé"
    user = signup.volunteer.user
    return str(user) if sees_names else user.first_name or "Un volontaire"


def group_words(signup):
    """« avec 12 jeunes : Conseil municipal de la jeunesse », or empty."""
    if signup.group is None:
        return ""
    return f"avec {french.count(signup.young_count, 'jeune', 'jeunes')} : {signup.group.name}"


def _outcome(signup):
    if signup.state not in OUTCOMES:
        return ""
    words = WORDS[signup.state]
    if signup.young_present is not None:
        words = f"{words}, avec {french.count(signup.young_present, 'jeune', 'jeunes')}"
    return f"{words} : {french.duration(signup.minutes)}" if signup.minutes else words
