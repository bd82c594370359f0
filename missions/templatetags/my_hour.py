"""Words of the page « Mon heure »."""

from django import template

from vitre_civique.lib import french

register = template.Library()


@register.filter
def when_words(signup):
    """« jeudi 26 novembre 2026, de 14 h à 15 h »."""
    return french.span(signup.starts_at, signup.ends_at)
