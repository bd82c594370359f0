"""The desk's pages about missions, by idea. Importing them registers them."""

from . import catalogue, groups, help_offers, invitations, missions, neighbours, signups, slots

__all__ = ["catalogue", "groups", "help_offers", "invitations", "missions", "neighbours", "signups", "slots"]
