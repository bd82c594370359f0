"""The mails to volunteers about their promise."""

from vitre_civique.notifications.kinds import Kind, register
from vitre_civique.notifications.rendering import absolute, compose

from .models import Pledge


def load_pledges(notifications, *, now):
    found = Pledge.objects.select_related("volunteer").in_bulk(
        [row.data.get("pledge") for row in notifications]
    )
    return {row.pk: found[row.data["pledge"]] for row in notifications if row.data.get("pledge") in found}


def pledge_confirmed(notification, pledge, *, now):
    if pledge.until_month is not None or pledge.volunteer.stopped_at is not None:
        return None
    urls = {"my_hour_url": absolute("missions:my_hour"), "list_url": absolute("missions:list")}
    return compose("volunteers/email/pledge_confirmed", notification, urls)


register(Kind("pledge_confirmed", "Promesse enregistrée", pledge_confirmed, load_pledges))
