"""A mission or a slot in words: what a card, a calendar cell and a mission page say. Public words."""

from django.urls import reverse

from vitre_civique.lib import french
from vitre_civique.lib.months import PARIS, local_day
from volunteers.models import HelpKind

from .models import MissionKind, Signup
from .places import kept_places

KIND_ICONS = {
    MissionKind.INTERPERSONAL: "hand-helping",
    MissionKind.COLLECTIVE: "landmark",
    MissionKind.ASSOCIATION: "heart-handshake",
}
MEETING = "Rencontre"
SHORT_KINDS = {
    MissionKind.INTERPERSONAL: "Entre voisins",
    MissionKind.COLLECTIVE: "Pour la commune",
    MissionKind.ASSOCIATION: "Pour une association",
}


def public_card(slot, *, now, reader=None):
    """The dict of `missions/_mission_card.html` for an annotated slot (browse.with_counts)."""
    mission = slot.mission
    return {
        "kind_label": kind_label(mission),
        "kind_icon": icon_of(mission),
        "title": mission.title,
        "url": mission.get_absolute_url(),
        "when": when(slot, now) + other_dates(getattr(slot, "dates_count", 1)),
        "where": where(mission, reader),
        "places": places_in_words(slot, now),
        "why": why(mission, reader),
    }


def kind_label(mission):
    """Whom it is for; « Rencontre » for a meeting, which is for the volunteers themselves."""
    return MEETING if mission.is_meeting else SHORT_KINDS[mission.kind]


def icon_of(mission):
    if mission.is_meeting:
        return "handshake"
    return mission.gesture.icon if mission.gesture else KIND_ICONS[mission.kind]


def when(slot, now):
    """« jeudi 26 novembre à 14 h, une heure »; the year only when it is not this one."""
    local = slot.starts_at.astimezone(PARIS)
    words = french.moment(slot.starts_at)
    if local.year == local_day(now).year:
        words = words.replace(f" {local.year} à", " à", 1)
    return f"{words}, {french.duration(slot.minutes)}"


def other_dates(dates_count):
    others = dates_count - 1
    if others < 1:
        return ""
    return f" (et {french.count(others, 'autre date', 'autres dates')})"


def where(mission, reader=None):
    """Public place and quartier; « à pied » in the reader's own quartier."""
    is_near = (
        reader is not None and mission.quartier_id and mission.quartier_id == reader.volunteer.quartier_id
    )
    return f"{mission.where}, à pied de chez vous" if is_near else mission.where


def places_in_words(slot, now):
    """« Il reste 3 places », « Il reste une place », « Complet : liste d’attente »; kept places are said."""
    free = slot.places - slot.held_count
    if free <= 0:
        return f"Complet{french.NBSP}: liste d’attente"
    words = "Il reste une place" if free == 1 else f"Il reste {french.count(free, 'place', 'places')}"
    kept = min(free, kept_places(slot, slot.newcomer_count, now))
    if not kept:
        return words
    return f"{words}, dont {french.count(kept, 'gardée', 'gardées')} pour une première mission"


def why(mission, reader):
    """One line: why it suits this person, or nothing."""
    if reader is None:
        return ""
    likes = mission.help_kind in reader.volunteer.kinds
    near = mission.quartier_id and mission.quartier_id == reader.volunteer.quartier_id
    next_door = mission.quartier_id in reader.adjacent_ids
    place = "dans votre quartier" if near else "dans le quartier d’à côté" if next_door else ""
    liked = f"vous aimez {_lower(HelpKind(mission.help_kind).label)}" if likes else ""
    return _sentence(" et ".join(filter(None, [place, liked])))


def slot_url(slot):
    return reverse("missions:sign_up", args=[slot.pk])


def waiting_rank(signup):
    """1 for the first in line."""
    ahead = Signup.objects.filter(slot=signup.slot_id, state="waiting", created_at__lte=signup.created_at)
    return ahead.exclude(created_at=signup.created_at, pk__gt=signup.pk).count()


def _lower(label):
    return label[0].lower() + label[1:]


def _sentence(words):
    return f"{words[0].upper()}{words[1:]}." if words else ""
