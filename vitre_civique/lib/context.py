"""What every page knows without asking the database: the town, and the theme this browser prefers."""

from django.conf import settings

from .accessibility import AUDIT, conformity

THEME_COOKIE = "theme"
THEMES = ("clair", "sombre")


def town(request):
    theme = request.COOKIES.get(THEME_COOKIE)
    return {
        "town": settings.TOWN,
        "theme": theme if theme in THEMES else "auto",
        "site_url": settings.SITE_URL,
        "charter_version": settings.CHARTER_VERSION,
        "accessibility_state": conformity(AUDIT),
    }
