"""The desk's pages about missions, by idea. Importing them registers them."""

from . import catalogue, help_offers, invitations, missions, neighbours, signups, slots

__all__ = ["catalogue", "help_offers", "invitations", "missions", "neighbours", "signups", "slots"]
