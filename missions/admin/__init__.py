"""The desk's pages about missions, by idea. Importing them registers them."""

from . import (
    catalogue,
    collections,
    groups,
    help_offers,
    invitations,
    missions,
    neighbours,
    signups,
    slots,
    tallies,
    thanks,
)

__all__ = [
    "catalogue",
    "collections",
    "groups",
    "help_offers",
    "invitations",
    "missions",
    "neighbours",
    "signups",
    "slots",
    "tallies",
    "thanks",
]
