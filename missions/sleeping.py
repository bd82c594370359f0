"""Accounts nobody uses (DP-13): two warnings, then the eraser. Signing in, or any act, keeps the account.

The rows of the outbox are the memory of the warnings: their key carries the last sign of life.
"""

from datetime import timedelta

from django.contrib.auth import get_user_model
from django.db.models import BooleanField, CharField, DateTimeField
from django.db.models.expressions import RawSQL

from vitre_civique.lib import french
from vitre_civique.lib.months import local_day, months_before
from vitre_civique.notifications.kinds import Kind, register
from vitre_civique.notifications.outbox import CHANNEL_SQL, queue_selected
from vitre_civique.notifications.rendering import absolute

from .neighbour_emails import framed

KEPT_MONTHS = 24
WARNED_AFTER = {1: 22, 2: 23}  # months of silence before the first and the second warning
BETWEEN = timedelta(days=21)  # at least, from one warning to the next and to the eraser

# The last sign of life of `u` (a row of accounts_user): in the future for whoever is expected somewhere.
ALIVE = """
    GREATEST({u}.date_joined, {u}.last_login,
        (SELECT max(GREATEST(s.created_at, s.ends_at)) FROM missions_signup s
         JOIN volunteers_volunteer v ON v.id = s.volunteer_id WHERE v.user_id = {u}.id),
        (SELECT max(e.entered_at) FROM volunteers_hourentry e
         JOIN volunteers_volunteer v ON v.id = e.volunteer_id WHERE v.user_id = {u}.id),
        (SELECT max(p.made_at) FROM volunteers_pledge p
         JOIN volunteers_volunteer v ON v.id = p.volunteer_id WHERE v.user_id = {u}.id),
        (SELECT max(k.made_at) FROM volunteers_skippedmonth k
         JOIN volunteers_volunteer v ON v.id = k.volunteer_id WHERE v.user_id = {u}.id),
        (SELECT max(m.created_at) FROM missions_mission m WHERE m.proposed_by_id = {u}.id),
        (SELECT max(m.created_at) FROM missions_mission m WHERE m.beneficiary_id = {u}.id),
        (SELECT max(r.filed_at) FROM quartiers_needreport r WHERE r.author_id = {u}.id))
"""
KEY = "to_char({alive}, 'YYYYMMDDHH24MI')"
# Staff and referents in office are the mairie's to manage.
MAY_SLEEP = """
    {u}.is_active AND {u}.erased_at IS NULL AND NOT {u}.is_staff AND NOT {u}.is_superuser
    AND {u}.date_joined <= %(before)s AND ({u}.last_login IS NULL OR {u}.last_login <= %(before)s)
    AND NOT EXISTS (SELECT FROM quartiers_mandate d WHERE d.referent_id = {u}.id
        AND d.ended_at IS NULL AND (d.until IS NULL OR d.until > %(today)s))
"""
WARNING = f"""
    SELECT s.user_id, 'account_sleeps',
        'account_sleeps:' || %(turn)s || ':' || s.user_id || ':' || s.alive_key,
        jsonb_build_object('turn', %(turn)s::int, 'alive', s.alive_key),
        %(now)s::timestamptz, NULL::timestamptz, s.channel, 2, %(now)s::timestamptz
    FROM (
        SELECT u.id AS user_id, {CHANNEL_SQL} AS channel, life.alive_at,
            {KEY.format(alive="life.alive_at")} AS alive_key
        FROM accounts_user u CROSS JOIN LATERAL (SELECT {ALIVE.format(u="u")} AS alive_at OFFSET 0) life
        WHERE {MAY_SLEEP.format(u="u")}
    ) s
    WHERE s.alive_at <= %(before)s AND (%(turn)s = 1 OR EXISTS (
        SELECT FROM notifications_notification n
        WHERE n.dedupe_key = 'account_sleeps:1:' || s.user_id || ':' || s.alive_key
            AND n.created_at <= %(told_before)s))
"""  # noqa: S608 (pieces are constants of ours, values are parameters)


def queue_warnings(*, now):
    """Sweep: each sleeping account twice, three weeks apart at least; rows inserted."""
    values = {"now": now, "today": local_day(now), "told_before": now - BETWEEN}
    return sum(
        queue_selected(WARNING, {**values, "turn": turn, "before": months_before(now, months)})
        for turn, months in WARNED_AFTER.items()
    )


def with_life(people):
    """`alive_at` and `alive_key` on each person."""
    alive = ALIVE.format(u="accounts_user")
    key = KEY.format(alive=alive)
    return people.annotate(
        alive_at=RawSQL(alive, (), output_field=DateTimeField()),  # noqa: S611 (a constant of ours)
        alive_key=RawSQL(key, (), output_field=CharField()),  # noqa: S611 (a constant of ours)
    )


def warned_twice(*, now):
    """People silent for 24 months whom the second warning reached three weeks ago or more."""
    values = {"before": months_before(now, KEPT_MONTHS), "today": local_day(now)}
    told = """EXISTS (SELECT FROM notifications_notification n
        WHERE n.dedupe_key = 'account_sleeps:2:' || accounts_user.id || ':' || {key} AND n.created_at <= %s)
    """.format(key=KEY.format(alive=ALIVE.format(u="accounts_user")))
    may = MAY_SLEEP.format(u="accounts_user").replace("%(before)s", "%s").replace("%(today)s", "%s")
    given = [values["before"], values["before"], values["today"], now - BETWEEN]
    condition = RawSQL(f"({may} AND {told})", given, output_field=BooleanField())  # noqa: S611 (as above)
    people = get_user_model().objects.filter(condition)
    return with_life(people).filter(alive_at__lte=values["before"])


def load_sleepers(notifications, *, now):
    """The person, while nothing was heard of them since the warning was written."""
    people = get_user_model().objects.filter(pk__in=[row.recipient_id for row in notifications])
    found = {person.pk: person for person in with_life(people)}
    return {
        row.pk: found[row.recipient_id]
        for row in notifications
        if row.recipient_id in found and found[row.recipient_id].alive_key == row.data.get("alive")
    }


def account_sleeps(notification, person, *, now):
    if notification.data.get("turn") == 1:
        wait = f"Sans nouvelle de vous d’ici deux mois, il sera rendu anonyme{french.NBSP}: c’est la loi."
    else:
        wait = f"Sans nouvelle de vous d’ici un mois, il sera rendu anonyme{french.NBSP}: c’est la loi."
    return framed(
        notification,
        "Gardez-vous votre compte ?",
        [
            f"Nous ne vous avons pas vu depuis {french.month(local_day(person.alive_at))}. {wait}",
            "Pour le garder, connectez-vous une fois, ou appelez la mairie. Vos heures données restent "
            "comptées pour la ville dans tous les cas, sans votre nom.",
        ],
        "Garder mon compte",
        absolute("accounts:home"),
    )


# Kept long enough for the second warning and the eraser to find it.
register(Kind("account_sleeps", "Compte sans activité", account_sleeps, load_sleepers, kept_months=6))
