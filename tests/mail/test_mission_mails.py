"""Each kind of mail about missions: to whom, which words, which links; true once, and never sent twice."""

import re
from datetime import date, datetime, timedelta

import pytest
from django.urls import reverse
from icalendar import Calendar

from missions.links import signup_of
from missions.models import MissionState, PrivatePlace, Signup, SignupState
from missions.offer_emails import NEXT_OF_A_QUARTIER, best_slots
from missions.reminders import queue_how_did_it_go, queue_monthly_reminders, queue_slot_reminders
from missions.substitutes import ask_substitutes
from tests.conftest import html_of, text_of
from tests.factories import (
    NOW,
    create_mission,
    create_quartier,
    create_signup,
    create_slot,
    create_user,
    create_volunteer,
)
from vitre_civique.lib.months import PARIS
from vitre_civique.notifications import kinds
from vitre_civique.notifications.models import Notification
from vitre_civique.notifications.outbox import notify
from volunteers.models import Pledge, SkippedMonth, Volunteer

from .conftest import deliver_all

pytestmark = pytest.mark.django_db
SECRET_ADDRESS = "12 rue de la Porte-Cachée"
LIST = "http://testserver/missions/"
PATHS = {"coming": "reponse", "said": "a-t-elle-eu-lieu"}


def told(signup, kind, **data):
    notify(
        signup.volunteer.user,
        kind,
        f"{kind}:{signup.pk}",
        now=NOW,
        data={"signup": signup.pk, **data},
    )


def the_mail(mailbox, user):
    """The one mail that left, to `user`; both parts say the same links and hide the same things."""
    assert deliver_all(NOW)["sent"] == 1
    assert deliver_all(NOW) == {}
    (message,) = mailbox.messages
    assert message["To"] == user.email
    text, html = (body.replace("\r\n", "\n") for body in (text_of(message), html_of(message)))
    for body in (text, html):
        assert SECRET_ADDRESS not in body
        assert "None" not in body
        assert "{" not in body.replace("{ .", "").partition("</style>")[2]
    assert '<html lang="fr">' in html
    assert "<img" not in html
    return message, text, html


def opened(body, purpose):
    """The signup that the signed link in `body` opens, if there is one (the link itself carries the time)."""
    found = re.search(rf"http://testserver/{PATHS[purpose]}/([^/]+)/", body)
    return signup_of(found[1], purpose) if found else None


def links_in(body, signup):
    urls = {"signup": f"http://testserver/inscriptions/{signup.pk}/", "list": LIST}
    names = [name for name, url in urls.items() if re.search(rf'[\n"]{re.escape(url)}[\n"]', body)]
    return {*names, *(["coming"] if opened(body, "coming") == signup else [])}


def a_signup(**fields):
    mission = create_mission(
        title="Tailler la haie du jardin <partagé>",
        quartier=create_quartier(name="Le Rachapt"),
        **fields.pop("mission", {}),
    )
    PrivatePlace.objects.create(mission=mission, address=SECRET_ADDRESS)
    return create_signup(create_slot(mission, **fields.pop("slot", {})), **fields)


SIGNUP_KINDS = {
    "signup_confirmed": ({}, "Votre place est confirmée, jeudi 26\u00a0novembre 2026"),
    "signup_pending": (
        {"state": "pending", "expires_at": NOW + timedelta(days=1)},
        "Votre inscription est à confirmer",
    ),
    "signup_waiting": ({"state": "waiting"}, "Vous êtes sur la liste d’attente"),
    "signup_refused": ({"state": "refused"}, "Votre inscription n’a pas pu être retenue"),
    "signup_withdrawn": ({"state": "withdrawn"}, "Votre désistement est noté"),
    "place_offered": (
        {"state": "offered", "expires_at": NOW + timedelta(days=1)},
        "Une place s’est libérée pour vous",
    ),
    "offer_lapsed": ({"state": "lapsed"}, "Le délai est passé"),
    "mission_cancelled": (
        {"state": "withdrawn", "mission": {"state": "cancelled"}},
        "Mission annulée, jeudi 26\u00a0novembre 2026\u00a0: ne vous déplacez pas",
    ),
    "mission_changed": ({}, "Changement\u00a0: votre mission est jeudi 26\u00a0novembre 2026"),
    "signup_reminder": ({}, "Dans deux jours\u00a0: votre mission"),
    "signup_day_before": ({}, "Votre mission, jeudi 26\u00a0novembre 2026"),
}
LINKS = {
    "signup_confirmed": {"signup", "coming"},
    "signup_pending": {"signup", "coming"},
    "signup_waiting": {"list", "coming"},
    "signup_refused": {"list"},
    "signup_withdrawn": {"list"},
    "place_offered": {"coming"},
    "offer_lapsed": {"list"},
    "mission_cancelled": {"list"},
    "mission_changed": {"signup", "coming"},
    "signup_reminder": {"coming"},
    "signup_day_before": {"signup", "coming"},
}


@pytest.mark.parametrize("kind", SIGNUP_KINDS)
def test_mail_about_a_signup(mailbox, kind):
    fields, subject = SIGNUP_KINDS[kind]
    signup = a_signup(**fields)
    told(signup, kind)
    told(signup, kind)

    message, text, html = the_mail(mailbox, signup.volunteer.user)

    assert message["Subject"] == subject
    assert links_in(text, signup) == links_in(html, signup) == LINKS[kind]
    assert "Tailler la haie du jardin <partagé>" in text
    assert "Tailler la haie du jardin &lt;partagé&gt;" in html
    assert "jeudi 26\u00a0novembre 2026, de 10\u00a0h à 11\u00a0h" in text
    assert "Jardin public, Le Rachapt" in text
    assert "Bonjour Camille," in text
    assert message["List-Unsubscribe"] is None


@pytest.mark.parametrize(
    ("kind", "state", "method"),
    [
        ("signup_confirmed", "confirmed", "PUBLISH"),
        ("mission_changed", "confirmed", "PUBLISH"),
        ("signup_withdrawn", "withdrawn", "CANCEL"),
        ("mission_cancelled", "withdrawn", "CANCEL"),
    ],
)
def test_the_calendar_follows_under_one_uid(mailbox, kind, state, method):
    signup = a_signup(state=state, mission={"state": "cancelled"} if kind == "mission_cancelled" else {})
    told(signup, kind)

    message, _, _ = the_mail(mailbox, signup.volunteer.user)

    (part,) = message.iter_attachments()
    assert (part.get_content_type(), part.get_param("method")) == ("text/calendar", method)
    assert part.get_filename() == "mission.ics"
    calendar = Calendar.from_ical(part.get_payload(decode=True))
    (event,) = calendar.walk("VEVENT")
    assert (calendar["method"], event["uid"]) == (method, f"inscription-{signup.pk}@testserver")
    assert event["dtstart"].dt == signup.starts_at
    assert SECRET_ADDRESS not in calendar.to_ical().decode()


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        ("signup_confirmed", "withdrawn"),
        ("signup_pending", "confirmed"),
        ("signup_waiting", "confirmed"),
        ("signup_refused", "confirmed"),
        ("signup_withdrawn", "confirmed"),
        ("place_offered", "confirmed"),
        ("offer_lapsed", "confirmed"),
        ("mission_cancelled", "confirmed"),
        ("mission_changed", "withdrawn"),
        ("signup_reminder", "withdrawn"),
        ("signup_day_before", "refused"),
        ("how_did_it_go", "withdrawn"),
        ("outcome_settled", "confirmed"),
        ("late_withdrawal", "confirmed"),
    ],
)
def test_a_signup_that_moved_on_is_not_written_about(mailbox, kind, state):
    told(a_signup(state=state), kind)
    assert deliver_all(NOW) == {"dropped": 1}
    assert len(mailbox) == 0


@pytest.mark.parametrize(
    "kind", ["signup_confirmed", "signup_reminder", "signup_day_before", "mission_changed"]
)
@pytest.mark.parametrize("what", ["mission", "slot"])
def test_a_cancelled_mission_is_not_reminded_of(mailbox, kind, what):
    signup = a_signup()
    told(signup, kind)
    if what == "mission":
        type(signup.slot.mission).objects.update(state=MissionState.CANCELLED)
    else:
        type(signup.slot).objects.update(cancelled_at=NOW)

    assert deliver_all(NOW) == {"dropped": 1}
    assert len(mailbox) == 0


def test_refusal_and_cancellation_say_the_reason_of_the_mairie(mailbox):
    signup = a_signup(state="refused")
    signup.state_changes.create(
        from_state="pending", to_state="refused", at=NOW, reason="Le groupe est complet."
    )
    told(signup, "signup_refused")

    _, text, html = the_mail(mailbox, signup.volunteer.user)

    assert "«\u00a0Le groupe est complet.\u00a0»" in text
    assert "«\u00a0Le groupe est complet.\u00a0»" in html


def test_change_says_the_old_moment_and_the_new(mailbox):
    signup = a_signup()
    old = {"old_starts_at": "2026-11-25T09:00:00+00:00", "old_ends_at": "2026-11-25T10:00:00+00:00"}
    told(signup, "mission_changed", change="time", **old)

    _, text, _ = the_mail(mailbox, signup.volunteer.user)

    assert "Avant\u00a0: mercredi 25\u00a0novembre 2026, de 10\u00a0h à 11\u00a0h." in text


def test_late_withdrawal_tells_an_agent_without_a_name(mailbox):
    signup = a_signup(state="withdrawn", slot={"places": 3})
    create_signup(signup.slot)
    agent = create_user(first_name="Dominique")
    notify(agent, "late_withdrawal", "x", now=NOW, data={"signup": signup.pk})

    message, text, _ = the_mail(mailbox, agent)

    assert message["Subject"] == "Désistement de dernière heure"
    assert "Places prises\u00a0: 1 sur 3." in text
    assert f"http://testserver/creneaux/{signup.slot_id}/presence/" in text
    assert signup.volunteer.user.last_name not in text


def test_how_did_it_go(mailbox):
    signup = a_signup(slot={"starts_at": NOW - timedelta(hours=3)})
    assert queue_how_did_it_go(now=NOW) == 1

    message, text, html = the_mail(mailbox, signup.volunteer.user)

    assert message["Subject"] == "Votre mission a-t-elle eu lieu\u00a0?"
    assert opened(text, "said") == opened(html, "said") == signup


def test_how_did_it_go_is_dropped_once_said(mailbox):
    signup = a_signup(slot={"starts_at": NOW - timedelta(hours=3)})
    queue_how_did_it_go(now=NOW)
    Signup.objects.filter(pk=signup.pk).update(volunteer_said="done")

    assert deliver_all(NOW) == {"dropped": 1}


@pytest.mark.parametrize(
    ("state", "minutes", "sentence"),
    [
        (SignupState.ATTENDED, 90, "Votre présence est notée\u00a0: 1\u00a0h\u00a030. Merci\u00a0!"),
        (SignupState.EXCUSED, None, "Il est noté que la mission n’a pas eu lieu"),
        (SignupState.ABSENT, None, "Il est noté que vous n’avez pas pu venir."),
        (SignupState.UNKNOWN, None, "Nous ne savons pas si la mission a eu lieu\u00a0: rien n’est compté."),
    ],
)
def test_outcome_settled(mailbox, state, minutes, sentence):
    signup = a_signup(slot={"starts_at": NOW - timedelta(days=8)}, state=state, minutes=minutes)
    told(signup, "outcome_settled")

    message, text, _ = the_mail(mailbox, signup.volunteer.user)

    assert message["Subject"] == "Votre mission est notée"
    assert sentence in text
    assert "http://testserver/mon-heure/" in text


@pytest.mark.parametrize(
    ("kind", "state", "subject", "url_name"),
    [
        ("mission_submitted", "submitted", "Votre proposition est bien reçue", "my_proposals"),
        ("mission_returned", "returned", "Une question sur votre proposition", "my_proposals"),
        ("mission_refused", "refused", "Votre proposition n’a pas été retenue", "my_proposals"),
        ("mission_published", "published", "Votre proposition est publiée", "detail"),
    ],
)
def test_mail_to_a_proposer(mailbox, kind, state, subject, url_name):
    user = create_user()
    mission = create_mission(state=state, proposed_by=user, public_reason="Combien serez-vous ?")
    notify(user, kind, f"{kind}:{mission.pk}", now=NOW, data={"mission": mission.pk})

    message, text, html = the_mail(mailbox, user)

    url = "http://testserver" + reverse(
        f"missions:{url_name}", args=[mission.pk] if url_name == "detail" else []
    )
    assert message["Subject"] == subject
    assert url in text
    assert url in html
    if kind == "mission_submitted":
        assert "Nous avons reçu votre proposition lundi 23\u00a0novembre 2026 à 10\u00a0h." in text
        assert "02 99 75 05 21 ou info@mairie-vitre.fr" in text
        assert "Le service vie des quartiers" in text


def old_volunteer(**fields):
    volunteer = create_volunteer(from_month=date(2026, 10, 1), **fields)
    Pledge.objects.filter(volunteer=volunteer).update(made_at=NOW - timedelta(days=40))
    return volunteer


def test_monthly_reminder_offers_up_to_three_missions_nearest_first(mailbox, settings):
    settings.MAIL_QUIET_HOURS = False
    here = create_quartier()
    volunteer = old_volunteer(quartier=here, reach="town", kinds=["town"])
    for title, quartier, days in [
        ("Quatrième", None, 9),
        ("Deuxième", here, 5),
        ("Première", here, 2),
        ("Troisième", None, 1),
    ]:
        create_slot(create_mission(title=title, quartier=quartier), starts_at=NOW + timedelta(days=days))
    create_slot(create_mission(title="Autre aide", help_kind="lift"))
    create_slot(create_mission(title="Passée"), starts_at=NOW - timedelta(days=1))

    assert queue_monthly_reminders(now=NOW) == 1
    message, text, html = the_mail(mailbox, volunteer.user)

    titles = ["Première", "Deuxième", "Troisième", "Quatrième", "Autre aide", "Passée"]
    found = sorted((text.index(title), title) for title in titles if title in text)
    assert message["Subject"] == "Votre heure de novembre"
    assert [title for _, title in found] == ["Première", "Deuxième", "Troisième"]
    assert [title for title in titles if title in html] == ["Première", "Deuxième", "Troisième"]
    assert LIST in text
    assert "http://testserver/mon-heure/" in text
    assert "http://testserver/mes-messages/preferences/" in text
    assert message["List-Unsubscribe"].strip("<>") in text


def test_what_is_near_is_offered_however_much_begins_earlier_elsewhere():
    here, away = create_quartier(), create_quartier()
    volunteer = old_volunteer(quartier=here, reach="town", kinds=["town"])
    for n in range(NEXT_OF_A_QUARTIER + 5):
        create_slot(create_mission(quartier=away), starts_at=NOW + timedelta(hours=n + 1))
    near = create_mission(quartier=here)
    later, first = [create_slot(near, starts_at=NOW + timedelta(days=days)) for days in (9, 5)]

    found = best_slots({volunteer.pk}, now=NOW)[volunteer.pk]

    assert (len(found), found[0]) == (3, first)
    assert later not in found


@pytest.mark.parametrize("what", ["paused", "stopped", "skipped", "planned", "ended"])
def test_monthly_reminder_is_dropped_when_things_changed_meanwhile(mailbox, settings, what):
    settings.MAIL_QUIET_HOURS = False
    volunteer = old_volunteer()
    queue_monthly_reminders(now=NOW)
    if what == "paused":
        Volunteer.objects.update(paused_until=date(2027, 1, 1))
    elif what == "stopped":
        Volunteer.objects.update(stopped_at=NOW)
    elif what == "skipped":
        SkippedMonth.objects.create(volunteer=volunteer, month=date(2026, 11, 1))
    elif what == "planned":
        create_signup(volunteer=volunteer)
    else:
        Pledge.objects.update(until_month=date(2026, 11, 1))

    assert deliver_all(NOW) == {"dropped": 1}
    assert len(mailbox) == 0


def test_stay_or_leave(mailbox):
    volunteer = old_volunteer()
    data = {"pledge": volunteer.pledges.get().pk, "month": "2026-11"}
    notify(volunteer.user, "stay_or_leave", "x", now=NOW, data=data)

    message, text, _ = the_mail(mailbox, volunteer.user)

    assert message["Subject"] == "Voulez-vous rester\u00a0?"
    assert "http://testserver/mon-profil/" in text


def test_alert_is_one_digest_of_what_is_still_open(mailbox):
    volunteer = create_volunteer()
    open_one, closed, past = (create_mission(title=title) for title in ("Ouverte", "Fermée", "Passée"))
    create_slot(open_one)
    create_slot(closed)
    create_slot(past, starts_at=NOW - timedelta(hours=1))
    missions = [open_one.pk, closed.pk, past.pk]
    notify(volunteer.user, "mission_alert", "x", now=NOW, data={"missions": missions})
    type(closed).objects.filter(pk=closed.pk).update(state="suspended")

    message, text, html = the_mail(mailbox, volunteer.user)

    assert message["Subject"] == "De nouvelles missions qui vous vont"
    assert [title for title in ("Ouverte", "Fermée", "Passée") if title in text] == ["Ouverte"]
    assert f'href="http://testserver/missions/{open_one.pk}/"' in html
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_substitute_wanted_only_while_a_place_is_free(mailbox):
    slot = create_slot(starts_at=NOW + timedelta(hours=20))
    first, second = create_volunteer(), create_volunteer()
    for volunteer in (first, second):
        data = {"slot": slot.pk, "mission": slot.mission_id}
        notify(volunteer.user, "substitute_wanted", f"s:{volunteer.pk}", now=NOW, data=data)
    Volunteer.objects.filter(pk=second.pk).update(stopped_at=NOW)

    assert deliver_all(NOW) == {"sent": 1, "dropped": 1}
    (message,) = mailbox.messages
    assert (message["To"], message["Subject"]) == (
        first.user.email,
        "Une place s’est libérée tout près de vous",
    )
    assert f"http://testserver/creneaux/{slot.pk}/inscription/" in text_of(message)


def test_a_substitute_call_leaves_the_same_night_whatever_alert_left_that_day(mailbox):
    night = datetime(2026, 11, 24, 21, tzinfo=PARIS)
    slot = create_slot(starts_at=night + timedelta(hours=11))
    alerted = create_volunteer()
    announced = create_slot().mission_id
    notify(alerted.user, "mission_alert", "a", now=NOW, data={"missions": [announced]})
    deliver_all(datetime(2026, 11, 24, 9, tzinfo=PARIS))

    assert ask_substitutes(slot, slot.mission, places=1, now=night) == [alerted]
    assert deliver_all(night) == {"sent": 1}
    notify(alerted.user, "mission_alert", "b", now=night, data={"missions": [announced]})
    assert deliver_all(datetime(2026, 11, 25, 9, tzinfo=PARIS)) == {"sent": 1}  # nor does it use up a day
    assert [message["Subject"] for message in mailbox.messages] == [
        "De nouvelles missions qui vous vont",
        "Une place s’est libérée tout près de vous",
        "De nouvelles missions qui vous vont",
    ]


def test_a_substitute_call_days_before_waits_for_the_morning(mailbox):
    night = datetime(2026, 11, 24, 21, tzinfo=PARIS)
    slot = create_slot(starts_at=night + timedelta(days=3))
    create_volunteer()
    ask_substitutes(slot, slot.mission, places=1, now=night)

    assert deliver_all(night) == {"held": 1}
    assert deliver_all(datetime(2026, 11, 25, 8, tzinfo=PARIS)) == {"sent": 1}


def test_nobody_is_asked_to_substitute_when_there_is_no_time_to_come(mailbox):
    slot = create_slot(starts_at=NOW + timedelta(hours=1))
    create_volunteer()

    assert ask_substitutes(slot, slot.mission, places=1, now=NOW + timedelta(minutes=30)) == []
    ask_substitutes(slot, slot.mission, places=1, now=NOW)
    assert deliver_all(NOW + timedelta(minutes=30)) == {"dropped": 1}
    assert len(mailbox) == 0


def test_substitute_wanted_is_dropped_once_the_place_is_taken(mailbox):
    slot = create_slot(starts_at=NOW + timedelta(hours=20))
    notify(create_volunteer().user, "substitute_wanted", "s", now=NOW, data={"slot": slot.pk})
    create_signup(slot)

    assert deliver_all(NOW) == {"dropped": 1}


def test_pledge_confirmed(mailbox):
    volunteer = create_volunteer()
    pledge = volunteer.pledges.get()
    notify(volunteer.user, "pledge_confirmed", "x", now=NOW, data={"pledge": pledge.pk})

    message, text, _ = the_mail(mailbox, volunteer.user)

    assert message["Subject"] == "Merci pour votre heure"
    assert "http://testserver/mon-heure/" in text


def test_reminders_reach_the_person_by_the_sweep_and_once(mailbox):
    signup = a_signup(created_at=NOW - timedelta(days=9))
    tuesday = datetime(2026, 11, 24, 11, tzinfo=PARIS)
    for _ in range(2):
        queue_slot_reminders(now=tuesday)
        deliver_all(tuesday)
    assert [(m["To"], m["Subject"]) for m in mailbox.messages] == [
        (signup.volunteer.user.email, "Dans deux jours\u00a0: votre mission")
    ]


@pytest.mark.parametrize("count", [1, 12])
def test_queries_of_a_kind_do_not_grow_with_the_batch(count, django_assert_num_queries):
    expected = {"signup_confirmed": 1, "signup_refused": 2, "late_withdrawal": 2, "monthly_reminder": 5}
    signups = [a_signup_of_its_own() for _ in range(count)]
    pledges = [old_volunteer().pledges.get() for _ in range(count)]
    for name, queries in expected.items():
        kind = kinds.get(name)
        rows = [
            Notification(pk=n, kind=name, data={"signup": signup.pk, "pledge": pledge.pk, "month": "2026-11"})
            for n, (signup, pledge) in enumerate(zip(signups, pledges, strict=True))
        ]
        with django_assert_num_queries(queries):
            assert len(kind.load(rows, now=NOW)) == count


def a_signup_of_its_own():
    return create_signup(create_slot(create_mission(quartier=create_quartier())))
