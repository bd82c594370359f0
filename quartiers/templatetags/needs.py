"""What pages of reports say in small: icon of a family, voices of « moi aussi », the day of a moment."""

from django import template

from quartiers.models import Family
from vitre_civique.lib import french
from vitre_civique.lib.french import NBSP
from vitre_civique.lib.months import local_day
from vitre_civique.lib.templatetags.look import icon

register = template.Library()

ICONS = {Family.COMFORT: "trees", Family.HEALTH: "heart-pulse", Family.SAFETY: "shield"}


@register.simple_tag
def family_icon(family, size=20):
    return icon(ICONS[family], size)


@register.filter
def voices(number):
    """« Une personne dit « moi aussi » », « 3 personnes disent… »."""
    if number == 1:
        return f"Une personne dit «{NBSP}moi aussi{NBSP}»"
    return f"{number}{NBSP}personnes disent «{NBSP}moi aussi{NBSP}»"


@register.filter
def local_day_words(moment):
    """The day of an aware datetime in Paris, in words."""
    return french.day(local_day(moment))


@register.filter
def plain_number(value):
    """A float as machines read it, whatever the language of the page."""
    return repr(float(value))
