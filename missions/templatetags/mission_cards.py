"""`{% mission_card card %}`: the card of a mission in a list, drawn once per process for the same words."""

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from vitre_civique.lib import fragments

register = template.Library()


@register.simple_tag
def mission_card(card, heading="h3"):
    """`card`: the dict of cards.public_card(), whose values are all that the fragment shows."""

    def draw() -> SafeString:
        return render_to_string("missions/_mission_card.html", {"card": card, "heading": heading})

    return fragments.remembered(("mission card", heading, *card.items()), draw)
