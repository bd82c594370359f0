"""The quartier side at the desk: quartiers, mandates, reports, stories, referrals and their settings."""

from quartiers.open311 import desk as open311

from . import mandates, quartiers, referrals, reports, setup, stories

__all__ = ["mandates", "open311", "quartiers", "referrals", "reports", "setup", "stories"]
