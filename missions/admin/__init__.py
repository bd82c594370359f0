"""The desk's pages about missions, by idea. Importing them registers them."""

from . import catalogue, invitations, missions, neighbours, signups, slots

__all__ = ["catalogue", "invitations", "missions", "neighbours", "signups", "slots"]
