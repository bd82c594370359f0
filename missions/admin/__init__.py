"""The desk's pages about missions, by idea. Importing them registers them."""

from . import catalogue, invitations, missions, neighbours, signups, slots, thanks

__all__ = ["catalogue", "invitations", "missions", "neighbours", "signups", "slots", "thanks"]
