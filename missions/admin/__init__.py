"""The desk's pages about missions, by idea. Importing them registers them."""

from . import catalogue, collections, invitations, missions, neighbours, signups, slots, tallies

__all__ = ["catalogue", "collections", "invitations", "missions", "neighbours", "signups", "slots", "tallies"]
