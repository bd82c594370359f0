"""Words that people type for everybody to read: kept with the spaces and apostrophes of French typography.

Somebody who types « Noël solidaire : tenir le point de dépôt » does not know of unbreakable spaces, and a
title whose second line begins with « : » looks like a mistake of ours.
"""

import re

from django.db import models

from .french import NBSP, NNBSP

# From the first of several spaces on: tried from each of them, a long row of spaces would take its square.
SPACE = f"(?<![ {NBSP}{NNBSP}])[ {NBSP}{NNBSP}]++"
RULES = [
    (re.compile(f"{SPACE}:(?!//)"), f"{NBSP}:"),
    (re.compile(f"{SPACE}([;!?])"), f"{NNBSP}\\1"),
    (re.compile(f"«{SPACE}"), f"«{NBSP}"),
    (re.compile(f"{SPACE}»"), f"{NBSP}»"),
    (re.compile(r"(?<=[^\W\d])'(?=[^\W\d])"), "’"),
]


def typographic(text):
    """Spaces that stand there become unbreakable ones, « l'heure » becomes « l’heure »; nothing is added."""
    for found, better in RULES:
        text = found.sub(better, text)
    return text


class PublicWords(models.Model):
    """A model whose PUBLIC_WORDS are put right whenever it is saved."""

    PUBLIC_WORDS = ()

    class Meta:
        abstract = True

    def save(self, *args, **kwargs):
        deferred = self.get_deferred_fields()
        for name in self.PUBLIC_WORDS:
            if name not in deferred:
                setattr(self, name, typographic(getattr(self, name)))
        super().save(*args, **kwargs)
