"""The desk's pages about missions, by idea. Importing them registers them."""

from . import catalogue, missions, neighbours, signups, slots

__all__ = ["catalogue", "missions", "neighbours", "signups", "slots"]
