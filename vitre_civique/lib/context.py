"""What every page knows without asking the database: the town, and the theme this browser prefers."""

from django.conf import settings

from .accessibility import AUDIT, conformity
from .french import NBSP

THEME_COOKIE = "theme"
THEMES = ("clair", "sombre")


def phone_link(number):
    """« 02 99 75 05 21 » → « +33299750521 », for `tel:` links."""
    digits = "".join(filter(str.isdigit, number))
    return f"+33{digits[1:]}" if digits.startswith("0") else digits


def town_facts():
    """Name, address, phone, hours of the town hall: safe to show on the pages of bad days too."""
    town = settings.TOWN
    return {**town, "phone_link": phone_link(town["phone"]), "hours": town["hours"].replace(" h", f"{NBSP}h")}


def town(request):
    theme = request.COOKIES.get(THEME_COOKIE)
    return {
        "town": town_facts(),
        "theme": theme if theme in THEMES else "auto",
        "site_url": settings.SITE_URL,
        "is_demo": settings.DEMO,
        "charter_version": settings.CHARTER_VERSION,
        "accessibility_state": conformity(AUDIT),
    }
