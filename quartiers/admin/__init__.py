"""The quartier side at the desk: quartiers, mandates, the queue of reports, its settings."""

from . import mandates, quartiers, reports, setup

__all__ = ["mandates", "quartiers", "reports", "setup"]
