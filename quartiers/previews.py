"""The mail of an act as it will read: the act is done for real, its mail built, and everything taken back."""

from django.db import transaction

from vitre_civique.notifications.models import Notification

from . import emails, handling
from .models import PublicStep


class _TakenBack(Exception):  # noqa: N818 (not an error: the way out of the transaction)
    pass


def preview(report, name, *, by, seen, said, now):
    """The Message the author would receive. Raises what carry_out raises; nothing is written."""
    message = None
    try:
        with transaction.atomic():
            done = handling.carry_out(report, name, by=by, seen=seen, said=said, now=now)
            step = PublicStep.objects.select_related("report__category", "report__quartier").get(pk=done.pk)
            letter = Notification(recipient=report.author, kind="need_step", dedupe_key="preview", due_at=now)
            message = emails.step(letter, step, now=now)
            raise _TakenBack
    except _TakenBack:
        return message
