"""Who is owed a reminder: each sweep is one statement, whatever the number of people. Wording: emails.py.

A sweep never asks « is today the day? » but « what is due and not done? ».
"""

from datetime import timedelta

from vitre_civique.lib.months import local_day, midnight, month_bounds, month_of
from vitre_civique.notifications import calm
from vitre_civique.notifications.outbox import CHANNEL_SQL, CONSENTED_SQL, adult_born_by, queue_selected

# Somebody who has just promised has just been thanked: no reminder on the same days.
SETTLING_IN = timedelta(days=2)
UNANSWERED_AT_MOST = 3
TWO_DAYS = timedelta(hours=48)
WITHDRAW_WITHOUT_TROUBLE = timedelta(hours=24)
NEXT_MORNING_AND_A_BIT = timedelta(hours=26)
JUST_TOLD = timedelta(hours=12)
ASKED_FOR = timedelta(days=7)

# The last time the person showed that the reminders are of use.
SIGN_OF_LIFE = """
    GREATEST(
        p.made_at, v.created_at, u.last_login,
        (SELECT max(s.created_at) FROM missions_signup s WHERE s.volunteer_id = v.id),
        (SELECT max(e.entered_at) FROM volunteers_hourentry e WHERE e.volunteer_id = v.id),
        (SELECT max(k.made_at) FROM volunteers_skippedmonth k WHERE k.volunteer_id = v.id))
"""
MONTHLY = f"""
    SELECT r.user_id,
        CASE WHEN r.unanswered < %(unanswered)s THEN 'monthly_reminder' ELSE 'stay_or_leave' END,
        CASE WHEN r.unanswered < %(unanswered)s
             THEN 'monthly_reminder:' || r.pledge_id || ':' || %(month_key)s
             ELSE 'stay_or_leave:' || r.pledge_id || ':' || to_char(r.alive_at, 'YYYYMMDDHH24MI') END,
        jsonb_build_object('pledge', r.pledge_id, 'month', %(month_key)s::text),
        %(start)s::timestamptz + random() * (%(end)s::timestamptz - %(start)s::timestamptz),
        %(expires)s::timestamptz, r.channel, 2, %(now)s::timestamptz
    FROM (
        SELECT u.id AS user_id, p.id AS pledge_id, {CHANNEL_SQL} AS channel, life.alive_at,
            (SELECT count(*) FROM notifications_notification n
             WHERE n.recipient_id = u.id AND n.kind = 'monthly_reminder' AND n.sent_at > life.alive_at
            ) AS unanswered
        FROM volunteers_pledge p
        JOIN volunteers_volunteer v ON v.id = p.volunteer_id
        JOIN accounts_user u ON u.id = v.user_id
        CROSS JOIN LATERAL (SELECT {SIGN_OF_LIFE} AS alive_at OFFSET 0) life
        WHERE p.from_month <= %(month)s AND (p.until_month IS NULL OR p.until_month > %(month)s)
            AND (p.from_month < %(month)s OR p.made_at <= %(settled_in_by)s)
            AND v.stopped_at IS NULL AND (v.paused_until IS NULL OR v.paused_until <= %(today)s)
            AND u.is_active AND u.erased_at IS NULL AND {CONSENTED_SQL}
            AND NOT EXISTS (SELECT FROM notifications_preference f
                WHERE f.user_id = u.id AND f.kind = 'monthly_reminder' AND f.rhythm = 'never')
            AND NOT EXISTS (SELECT FROM volunteers_skippedmonth k
                WHERE k.volunteer_id = v.id AND k.month = %(month)s)
            AND NOT EXISTS (SELECT FROM missions_signup s
                WHERE s.volunteer_id = v.id AND s.state IN ('pending', 'confirmed', 'offered', 'attended')
                    AND s.starts_at >= %(month_start)s AND s.starts_at < %(month_end)s)
            AND COALESCE((SELECT sum(e.minutes) FROM volunteers_hourentry e
                WHERE e.volunteer_id = v.id AND e.month = %(month)s), 0) <= 0
            AND NOT EXISTS (SELECT FROM notifications_notification n
                WHERE n.dedupe_key = 'monthly_reminder:' || p.id || ':' || %(month_key)s)
            AND NOT EXISTS (SELECT FROM notifications_notification n
                WHERE n.recipient_id = u.id AND n.kind = 'stay_or_leave' AND n.created_at > life.alive_at)
        OFFSET 0  -- each count once a row, however often it is read above
    ) r
"""  # noqa: S608 (pieces are constants of ours, values are parameters)


def queue_monthly_reminders(*, now) -> int:
    """Each pledge of this month with nothing planned nor given, once; after three unanswered, one question.

    Spread over the allowed hours of one day. A second sweep of the month inserts nothing.
    """
    month = month_of(now)
    start, end = calm.window(now)
    if month_of(start) != month:
        return 0
    month_start, month_end = month_bounds(month)
    values = {
        "now": now,
        "today": local_day(now),
        "month": month,
        "month_key": f"{month:%Y-%m}",
        "month_start": month_start,
        "month_end": month_end,
        "expires": month_end,
        "start": start,
        "end": end,
        "settled_in_by": now - SETTLING_IN,
        "unanswered": UNANSWERED_AT_MOST,
        "adult_born_by": adult_born_by(local_day(now)),
    }
    return queue_selected(MONTHLY, values)


SIGNUPS = f"""
    SELECT u.id, %(kind)s, %(kind)s || ':' || s.id, jsonb_build_object('signup', s.id),
        %(due)s::timestamptz, {{expires}}, {CHANNEL_SQL}, 1, %(now)s::timestamptz
    FROM missions_signup s
    JOIN missions_slot t ON t.id = s.slot_id AND t.cancelled_at IS NULL
    JOIN missions_mission m ON m.id = t.mission_id
    JOIN volunteers_volunteer v ON v.id = s.volunteer_id
    JOIN accounts_user u ON u.id = v.user_id AND u.is_active
    WHERE s.state = 'confirmed' AND {{condition}}
"""  # noqa: S608 (pieces are constants of ours, values are parameters)
TWO_DAYS_BEFORE = SIGNUPS.format(
    expires="s.starts_at - %(without_trouble)s",
    condition="""
        m.state = 'published' AND s.starts_at <= %(horizon)s AND s.starts_at - %(without_trouble)s > %(due)s
        AND s.created_at < s.starts_at - interval '72 hours'
    """,
)
DAY_BEFORE = SIGNUPS.format(
    expires="s.starts_at",
    condition="""
        m.state = 'published' AND s.starts_at < %(horizon)s AND s.starts_at > %(due)s
        AND s.created_at < %(just_told)s
        AND NOT EXISTS (SELECT FROM notifications_notification n
            WHERE n.dedupe_key = 'signup_reminder:' || s.id AND n.created_at > %(just_told)s)
    """,
)
AFTERWARDS = SIGNUPS.format(
    expires="s.ends_at + %(asked_for)s",
    condition="""
        m.state IN ('published', 'done') AND s.ends_at <= %(now)s AND s.ends_at > %(now)s - %(asked_for)s
        AND s.volunteer_said = '' AND NOT m.is_meeting
    """,
)


def queue_slot_reminders(*, now) -> int:
    """Two days before, while one may still withdraw without trouble; then the day before.

    Before a Sunday or a bank holiday they leave earlier rather than too late.
    """
    due, next_morning = calm.next_allowed(now), calm.next_day(now)
    values = {
        "now": now,
        "due": due,
        "just_told": now - JUST_TOLD,
        "without_trouble": WITHDRAW_WITHOUT_TROUBLE,
    }
    two_days = queue_selected(
        TWO_DAYS_BEFORE,
        {
            **values,
            "kind": "signup_reminder",
            "horizon": max(now + TWO_DAYS, next_morning + NEXT_MORNING_AND_A_BIT),
        },
    )
    end_of_tomorrow = midnight(local_day(due) + timedelta(days=2))
    end_of_next = midnight(local_day(calm.next_day(due)) + timedelta(days=1))
    day_before = queue_selected(
        DAY_BEFORE,
        {**values, "kind": "signup_day_before", "horizon": max(end_of_tomorrow, end_of_next)},
    )
    return two_days + day_before


def queue_how_did_it_go(*, now) -> int:
    """Each person who was expected and has said nothing, once, within a week after."""
    return queue_selected(
        AFTERWARDS,
        {"now": now, "due": calm.next_allowed(now), "asked_for": ASKED_FOR, "kind": "how_did_it_go"},
    )
