"""The menus of the site, as data. An entry whose page does not exist yet is left out of every menu."""

from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse
from django.utils.http import url_has_allowed_host_and_scheme


@dataclass(frozen=True)
class Entry:
    label: str
    url_name: str
    icon: str


MAIN = (
    Entry("Missions", "missions:list", "calendar-days"),
    Entry("Collectes", "missions:collections", "package"),
    Entry("Quartiers", "missions:map", "map"),
    Entry("Comment ça marche", "pages:help", "circle-question-mark"),
)
# The four things a signed-in person does with a thumb (bottom bar on phones).
MINE = (
    Entry("Missions", "missions:list", "calendar-days"),
    Entry("Mon heure", "missions:my_hour", "clock"),
    Entry("Mon quartier", "missions:my_quartier", "map-pin"),
    Entry("Messages", "missions:messages", "message-circle"),
)
# In the header there is room for one more.
MINE_IN_HEADER = (MINE[0], MAIN[1], *MINE[1:])
FOOTER = (
    Entry("Aide", "pages:help", ""),
    Entry("Contact", "pages:contact", ""),
    Entry("Signaler un problème", "problems:report", ""),
    Entry("Charte", "pages:charter", ""),
    Entry("Plan du site", "pages:sitemap", ""),
    Entry("Mentions légales", "pages:legal", ""),
    Entry("Confidentialité", "pages:privacy", ""),
    Entry("Cookies", "pages:cookies", ""),
    Entry("Apparence", "pages:appearance", ""),
)


def resolve_quietly(url_name):
    """The URL of a page, or "" when no such page exists (yet)."""
    try:
        return reverse(url_name)
    except NoReverseMatch:
        return ""


def menu(entries, path):
    """What a menu shows: label, icon, url, and `current` ("page", "true" for a page below it, or "")."""
    shown = []
    for entry in entries:
        if url := resolve_quietly(entry.url_name):
            below = url != "/" and path.startswith(url)
            current = "page" if path == url else "true" if below else ""
            shown.append({"label": entry.label, "icon": entry.icon, "url": url, "current": current})
    return shown


def safe_back(request, url):
    """The page to go back to, if it is one of ours; "" otherwise."""
    ours = url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure())
    return url if url and ours else ""
