"""The Celery application of the drill: the town's own, at the drill's time, with the naive task beside it."""

from vitre_civique.celery import app

from . import clock

clock.install()
app.autodiscover_tasks(["benchmarks.drill"], related_name="naive")

__all__ = ["app"]
