"""« De nouvelles missions qui vous vont » : a digest per person and period, by choice (EM-06)."""

from datetime import timedelta

from vitre_civique.lib.months import PARIS, local_day, midnight
from vitre_civique.notifications import calm
from vitre_civique.notifications.models import Rhythm
from vitre_civique.notifications.outbox import CHANNEL_SQL, CONSENTED_SQL, adult_born_by, queue_selected

IN_A_DIGEST = 5
LOOKS_BACK = timedelta(days=8)
DIGEST_HOUR = timedelta(hours=17)
DIGEST_WEEKDAY = 3  # Thursday: the weekend can still be planned
NEWEST = 500

# Which missions suit a volunteer `v` of a person `u`: the same words as the list's « Seulement ce que je peux
# faire ». Also read by emails.py, for the missions a monthly reminder offers.
SUITS_SQL = """
    (m.quartier_id IS NULL OR v.quartier_id IS NULL OR v.reach = 'town' OR m.quartier_id = v.quartier_id
        OR (v.reach = 'adjacent' AND EXISTS (SELECT FROM quartiers_quartier_adjacent a
            WHERE a.from_quartier_id = v.quartier_id AND a.to_quartier_id = m.quartier_id)))
    AND (cardinality(v.kinds) = 0 OR m.help_kind = ANY (v.kinds))
    AND (m.kind <> 'interpersonal' OR v.first_meeting_on IS NOT NULL)
    AND (m.is_open_to_minors OR u.birth_date IS NULL OR u.birth_date <= %(adult_born_by)s)
    AND NOT EXISTS (SELECT FROM missions_missionprerequisite q
        WHERE q.mission_id = m.id AND NOT EXISTS (SELECT FROM volunteers_volunteer_prerequisites h
            WHERE h.volunteer_id = v.id AND h.prerequisite_id = q.prerequisite_id))
    AND NOT EXISTS (SELECT FROM missions_signup g JOIN missions_slot gt ON gt.id = g.slot_id
        WHERE gt.mission_id = m.id AND g.volunteer_id = v.id)
"""
# A slot to come with a place nobody holds.
OPEN_SLOT_OF = """
    {slot}.starts_at > %(now)s AND {slot}.cancelled_at IS NULL AND {slot}.places > (
        SELECT coalesce(sum(h.seats), 0) FROM missions_signup h WHERE h.slot_id = {slot}.id AND (
            h.state IN ('confirmed', 'attended', 'excused', 'absent', 'unknown')
            OR (h.state IN ('pending', 'offered') AND h.expires_at > %(now)s)))
"""
OPEN_SLOT_SQL = OPEN_SLOT_OF.format(slot="t")
DIGESTS = f"""
    SELECT u.id, 'mission_alert', 'mission_alert:' || v.id || ':' || %(period)s,
        jsonb_build_object('missions', found.ids),
        %(due)s::timestamptz, %(expires)s::timestamptz, {CHANNEL_SQL}, 2, %(now)s::timestamptz
    FROM volunteers_volunteer v
    JOIN accounts_user u ON u.id = v.user_id
    LEFT JOIN notifications_preference f ON f.user_id = u.id AND f.kind = 'mission_alert'
    CROSS JOIN LATERAL (
        SELECT jsonb_agg(m.id ORDER BY m.published_at DESC, m.id) AS ids
        FROM (
            SELECT m.id, m.published_at FROM fresh m
            WHERE {SUITS_SQL}
                AND NOT EXISTS (SELECT FROM notifications_notification n
                    WHERE n.recipient_id = u.id AND n.kind = 'mission_alert'
                        AND n.data->'missions' @> to_jsonb(m.id))
            ORDER BY m.published_at DESC, m.id LIMIT {IN_A_DIGEST}
        ) m
    ) found
    WHERE COALESCE(f.rhythm, 'weekly') = %(rhythm)s AND found.ids IS NOT NULL
        AND v.stopped_at IS NULL AND (v.paused_until IS NULL OR v.paused_until <= %(today)s)
        AND u.is_active AND u.erased_at IS NULL AND {CONSENTED_SQL}
        AND NOT EXISTS (SELECT FROM notifications_notification n
            WHERE n.dedupe_key = 'mission_alert:' || v.id || ':' || %(period)s)
"""  # noqa: S608 (pieces are constants of ours, values are parameters)
FRESH = f"""
    SELECT m.* FROM missions_mission m
    WHERE m.state = 'published' AND m.published_at > %(since)s AND m.published_at <= %(boundary)s
        AND EXISTS (SELECT FROM missions_slot t WHERE t.mission_id = m.id AND {OPEN_SLOT_SQL})
    ORDER BY m.published_at DESC, m.id LIMIT {NEWEST}
"""  # noqa: S608 (pieces are constants of ours, values are parameters)
WITH_FRESH = f"WITH fresh AS MATERIALIZED ({FRESH}) {DIGESTS}"


def queue_alerts(*, now) -> int:
    """One row per person and period with new missions that suit; nothing for those already told."""
    return sum(queue_digests(rhythm, now=now) for rhythm in (Rhythm.AT_ONCE, Rhythm.DAILY, Rhythm.WEEKLY))


def queue_digests(rhythm, *, now) -> int:
    boundary, period, lasts = period_of(rhythm, now)
    due = calm.next_allowed(now)
    values = {
        "now": now,
        "today": local_day(now),
        "rhythm": rhythm,
        "period": period,
        "boundary": boundary,
        "since": boundary - LOOKS_BACK,
        "due": due,
        "expires": due + lasts,
        "adult_born_by": adult_born_by(local_day(now)),
    }
    return queue_selected(WITH_FRESH, values)


def period_of(rhythm, now):
    """(what is told was published by then, key of the period, how long the digest is of use)."""
    if rhythm == Rhythm.AT_ONCE:
        return now, f"{local_day(now)}", timedelta(days=2)
    boundary = last_digest_hour(now, weekly=rhythm == Rhythm.WEEKLY)
    if rhythm == Rhythm.DAILY:
        return boundary, f"{local_day(boundary)}", timedelta(days=2)
    return boundary, f"w{local_day(boundary)}", timedelta(days=6)


def last_digest_hour(now, *, weekly):
    """The last 17 h that has passed (of a Thursday when `weekly`), in Paris."""
    day = local_day(now)
    if now < _digest_at(day):
        day -= timedelta(days=1)
    if weekly:
        day -= timedelta(days=(day.weekday() - DIGEST_WEEKDAY) % 7)
    return _digest_at(day)


def _digest_at(day):
    return (midnight(day).replace(tzinfo=None) + DIGEST_HOUR).replace(tzinfo=PARIS)
