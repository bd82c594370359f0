"""Signups, presence, people without e-mail, roles, messages and quartiers in the desk."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from missions.models import Signup
from tests.factories import (
    create_mission,
    create_quartier,
    create_signup,
    create_slot,
    create_user,
    create_volunteer,
)
from vitre_civique.accounts.models import GuardianConsent, User
from vitre_civique.notifications.models import Notification
from volunteers.models import HourEntry, Volunteer
from volunteers.registration import look_alikes

from .forms import errors_of, fields_of, messages_of, text_of
from .people import client_of, create_staff

pytestmark = pytest.mark.django_db
SIGNUPS = "/gestion/missions/signup/"
REGISTER = "/gestion/volunteers/volunteer/add/"


@pytest.fixture
def agent():
    return create_staff(first_name="Anne", last_name="Agente")


@pytest.fixture
def client(agent):
    return client_of(agent)


def soon(days=5):
    return timezone.now() + timedelta(days=days)


def pending(**fields):
    return create_signup(create_slot(starts_at=soon()), state="pending", expires_at=soon(2), **fields)


def state_of(signup):
    return Signup.objects.values_list("state", flat=True).get(pk=signup.pk)


def test_agent_approves_and_refuses_with_a_reason(client):
    yes, no = pending(), pending()

    client.post(f"{SIGNUPS}{yes.pk}/faire/confirmer/")
    empty = client.post(f"{SIGNUPS}{no.pk}/faire/refuser/", {"text": ""})
    unmoved = state_of(no)
    client.post(f"{SIGNUPS}{no.pk}/faire/refuser/", {"text": "La mission demande un permis."})

    assert "Écrivez cette phrase" in text_of(empty)
    assert (state_of(yes), unmoved, state_of(no)) == ("confirmed", "pending", "refused")
    assert no.state_changes.get().reason == "La mission demande un permis."


def test_bulk_refusal_asks_then_tells_each(client):
    signups = [pending(), pending()]
    data = {"action": "refuse_selected", "_selected_action": [s.pk for s in signups]}

    asked = client.post(SIGNUPS, data)
    unmoved = [state_of(s) for s in signups]
    answer = client.post(SIGNUPS, data | {"confirmed": "1", "text": "Complet."}, follow=True)

    assert (asked.status_code, unmoved) == (200, ["pending", "pending"])
    assert [state_of(s) for s in signups] == ["refused", "refused"]
    assert messages_of(answer) == ["2 inscriptions refusées."]


def test_sheet_records_presence_and_writes_minutes(client, agent):
    slot = create_slot(starts_at=timezone.now() - timedelta(hours=3), places=3)
    came, partly, absent = create_signup(slot), create_signup(slot), create_signup(slot)
    path = f"/gestion/missions/slot/{slot.pk}/feuille/"
    data = {f"s{came.pk}-state": "attended", f"s{partly.pk}-state": "attended", f"s{partly.pk}-minutes": "30"}

    answer = client.post(path, data | {f"s{absent.pk}-state": "absent"}, follow=True)

    assert messages_of(answer) == ["3 présences notées."]
    assert [state_of(s) for s in (came, partly, absent)] == ["attended", "attended", "absent"]
    lines = HourEntry.objects.order_by("minutes").values_list("volunteer", "minutes", "entered_by")
    assert list(lines) == [(partly.volunteer_id, 30, agent.pk), (came.volunteer_id, 60, agent.pk)]


def test_sheet_keeps_what_was_typed_wrong(client):
    slot = create_slot(starts_at=timezone.now() - timedelta(hours=3))
    signup = create_signup(slot)

    answer = client.post(
        f"/gestion/missions/slot/{slot.pk}/feuille/",
        {
            f"s{signup.pk}-state": "attended",
            f"s{signup.pk}-minutes": "99999",
            f"s{signup.pk}-reason": "à garder",
        },
    )

    assert "Entre 1 et 1440 minutes." in text_of(answer)
    assert fields_of(answer)[f"s{signup.pk}-reason"] == "à garder"
    assert state_of(signup) == "confirmed"


def test_sheet_before_the_start_cannot_be_filled(client):
    slot = create_slot(starts_at=soon())
    signup = create_signup(slot)

    answer = client.post(f"/gestion/missions/slot/{slot.pk}/feuille/", {f"s{signup.pk}-state": "attended"})

    assert (answer.status_code, state_of(signup)) == (403, "confirmed")


def test_correction_is_a_counter_entry_that_shows_who_and_why(client):
    slot = create_slot(starts_at=timezone.now() - timedelta(hours=3))
    signup = create_signup(slot)
    client.post(f"/gestion/missions/slot/{slot.pk}/feuille/", {f"s{signup.pk}-state": "attended"})

    client.post(
        f"{SIGNUPS}{signup.pk}/faire/corriger/",
        {"state": "attended", "minutes": "45", "text": "partie plus tôt"},
    )

    assert list(HourEntry.objects.order_by("id").values_list("minutes", flat=True)) == [60, -15]
    words = text_of(client.get(f"{SIGNUPS}{signup.pk}/change/"))
    assert "-15 minutes · correction : « partie plus tôt »" in words
    assert "Anne Agente" in words


def test_correction_without_a_reason_writes_nothing(client):
    signup = create_signup(create_slot(starts_at=timezone.now() - timedelta(hours=3)))

    answer = client.post(
        f"{SIGNUPS}{signup.pk}/faire/corriger/", {"state": "attended", "minutes": "45", "text": ""}
    )

    assert "Dites pourquoi vous corrigez." in text_of(answer)
    assert (state_of(signup), HourEntry.objects.count()) == ("confirmed", 0)


def test_person_who_phones_is_found_and_signed_up(client, agent):
    slot = create_slot(starts_at=soon())
    user = create_user(
        first_name="Hervé", last_name="Lévêque", email=None, phone="+33299750505", preferred_channel="phone"
    )
    volunteer = create_volunteer(user=user)
    path = f"/gestion/missions/slot/{slot.pk}/inscrire/"

    found = [client.get(path, {"q": q}).context["found"] for q in ("leveque herve", "02 99 75 05 05")]
    client.post(path, {"volunteer": volunteer.pk})

    assert [list(people) for people in found] == [[volunteer], [volunteer]]
    signup = Signup.objects.get()
    assert (signup.volunteer, signup.state, signup.made_by) == (volunteer, "confirmed", agent)


def registration(**changes):
    return {
        "first_name": "Jeanne",
        "last_name": "Le Goff",
        "phone": "02 99 75 00 01",
        "preferred_channel": "phone",
        "origin": "phone",
        "reach": "adjacent",
        "kinds": ["company"],
        "is_adult": "on",
        "notice_read": "on",
        **changes,
    }


def test_agent_registers_somebody_without_email(client, agent):
    client.post(REGISTER, registration())

    volunteer = Volunteer.objects.select_related("user").get()
    user = volunteer.user
    assert (user.email, user.phone, user.origin, user.created_by) == (None, "+33299750001", "phone", agent)
    assert (volunteer.kinds, volunteer.pledges.count()) == (["company"], 1)
    assert (user.notice_read_at is not None, volunteer.charter_accepted_at is not None) == (True, True)
    assert Notification.objects.get().channel == "phone"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"notice_read": ""}, "Lisez-lui la notice et la charte, puis cochez cette case."),
        ({"is_adult": ""}, "Un mineur s’inscrit avec l’accord écrit d’un représentant légal."),
        ({"phone": ""}, "Écrivez un numéro, ou choisissez le courrier."),
        ({"preferred_channel": "post"}, "Écrivez l’adresse où envoyer les courriers."),
        ({"first_name": "🙂"}, "Écrivez ce nom avec des lettres, par exemple : Anne-Laure ou D’Hervé."),
    ],
)
def test_registration_says_what_is_missing_and_writes_nothing(client, changes, sentence):
    people = User.objects.count()

    answer = client.post(REGISTER, registration(**changes))

    assert sentence in text_of(answer)
    assert fields_of(answer)["last_name"] == "Le Goff"
    assert (User.objects.count(), Volunteer.objects.count()) == (people, 0)


def test_registration_asks_about_a_look_alike_once(client):
    create_user(first_name="Jeanne", last_name="Le Goff", phone="")

    asked = client.post(REGISTER, registration())
    unwritten = Volunteer.objects.count()
    client.post(REGISTER, registration(is_another="on"))

    assert "Cette personne est peut-être déjà connue" in text_of(asked)
    assert (unwritten, Volunteer.objects.count()) == (0, 1)


@pytest.mark.parametrize(
    ("known", "is_alike"),
    [
        ({"first_name": "Jéanne", "last_name": "LE GOFF"}, True),
        ({"last_name": "Autre", "phone": "+33299000042"}, True),
        ({"last_name": "Le Goff", "postal_address": "9 bis, allée des Tilleuls\n35500 Vitré"}, True),
        ({"last_name": "Le Goff", "postal_address": "4, rue du Beffroi, 35500 Vitré"}, False),
        ({"last_name": "Autre", "postal_address": "12, allée des Tilleuls"}, False),
        ({"first_name": "Jeanne", "last_name": "Le Goff", "is_active": False}, False),
    ],
)
def test_a_look_alike_has_the_names_the_phone_or_the_street(known, is_alike):
    person = create_user(**known)
    found = look_alikes("Jeanne", "Le Goff", "+33299000042", "12, Allee des Tilleuls, 35500 Vitré")
    assert found == ([person] if is_alike else [])


@pytest.mark.parametrize("role", ["civic_service", "elected"])
def test_only_employed_agents_register_people(role):
    client = client_of(create_staff(role))
    slot = create_slot(starts_at=soon())

    codes = [client.post(REGISTER, registration()).status_code]
    codes.append(client.post(f"/gestion/missions/slot/{slot.pk}/inscrire/", {"volunteer": "1"}).status_code)

    assert (codes, Volunteer.objects.count()) == ([403, 403], 0)


def test_administrator_grants_and_takes_roles():
    administrator, user = create_staff("administrator"), create_user()
    path = f"/gestion/accounts/user/{user.pk}/roles/"

    client_of(administrator).post(path, {"roles": ["agent", "ccas"]})
    given = sorted(user.groups.values_list("name", flat=True))
    client_of(administrator).post(path, {"roles": ["ccas"]})

    assert (given, list(user.groups.values_list("name", flat=True))) == (["agent", "ccas"], ["ccas"])
    assert list(user.role_changes.values_list("role", "is_granted", "by")) == [
        ("agent", True, administrator.pk),
        ("ccas", True, administrator.pk),
        ("agent", False, administrator.pk),
    ]


def test_agent_grants_no_role_even_through_the_person_form(client, agent):
    user = create_user()
    form = fields_of(client.get(f"/gestion/accounts/user/{user.pk}/change/"))

    refused = client.post(f"/gestion/accounts/user/{agent.pk}/roles/", {"roles": ["administrator"]})
    client.post(
        f"/gestion/accounts/user/{user.pk}/change/",
        form | {"is_superuser": "on", "is_staff": "on", "groups": "1"},
    )

    user.refresh_from_db()
    assert refused.status_code == 403
    assert (user.is_staff, user.is_superuser, user.groups.count()) == (False, False, 0)


def test_administrator_cannot_lock_the_desk_behind_them():
    administrator = create_staff("administrator")

    client_of(administrator).post(f"/gestion/accounts/user/{administrator.pk}/roles/", {"roles": []})

    assert list(administrator.groups.values_list("name", flat=True)) == ["administrator"]


def test_paper_consent_carries_the_agent_who_saw_it(client, agent):
    minor = create_user(birth_date=timezone.localdate() - timedelta(days=16 * 366))

    client.post(
        "/gestion/accounts/guardianconsent/add/", {"minor": minor.pk, "guardian_name": "Marie Parent"}
    )

    consent = GuardianConsent.objects.get()
    assert (consent.minor, consent.method, consent.recorded_by) == (minor, "paper", agent)
    assert consent.is_in_force


def test_message_set_aside_is_tried_again_once(client):
    message = Notification.objects.create(
        recipient=create_user(),
        kind="signup_confirmed",
        dedupe_key="a",
        due_at=soon(-1),
        state="set_aside",
        attempts=5,
    )
    path = f"/gestion/notifications/notification/{message.pk}/faire/essayer/"

    client.post(path)
    again = client.post(path, follow=True)

    message.refresh_from_db()
    assert (message.state, message.attempts) == ("queued", 0)
    assert messages_of(again)[-1] == "Quelqu’un s’en est déjà occupé."


def test_person_told_on_the_phone_leaves_the_list(client):
    message = Notification.objects.create(
        recipient=create_user(email=None),
        kind="signup_confirmed",
        dedupe_key="a",
        due_at=soon(-1),
        channel="phone",
    )

    client.post(f"/gestion/notifications/notification/{message.pk}/faire/dit/")

    message.refresh_from_db()
    assert message.state == "sent"


SQUARE = [[-1.22, 48.12], [-1.20, 48.12], [-1.20, 48.13], [-1.22, 48.13], [-1.22, 48.12]]


@pytest.mark.parametrize(
    ("boundary", "error"),
    [
        ("{", "Ce n’est pas du GeoJSON : vérifiez les accolades, les crochets et les virgules."),
        (
            {"type": "Point", "coordinates": [1, 2]},
            "Le contour doit être un « Polygon » ou un « MultiPolygon » GeoJSON.",
        ),
        (
            {"type": "Polygon", "coordinates": [SQUARE[:-1]]},
            "Le contour n’est pas fermé : le dernier point doit être le même que le premier.",
        ),
        (
            {"type": "Polygon", "coordinates": [[SQUARE[0], SQUARE[2], SQUARE[1], SQUARE[3], SQUARE[0]]]},
            "Le contour se croise lui-même, entre les points 1 et 3.",
        ),
        (
            {"type": "Polygon", "coordinates": [[[y, x] for x, y in SQUARE]]},
            "Un point est loin de Vitré : vérifiez que la longitude (-1,2) vient avant la latitude (48,1).",
        ),
        (
            {"type": "Polygon", "coordinates": "abc"},
            "Les points doivent être des paires [longitude, latitude], par exemple [-1.21, 48.12].",
        ),
    ],
)
def test_boundary_that_cannot_be_drawn_is_refused(client, boundary, error):
    quartier = create_quartier(name="Le Rachapt")
    path = f"/gestion/quartiers/quartier/{quartier.pk}/change/"
    typed = boundary if isinstance(boundary, str) else json.dumps(boundary)

    answer = client.post(path, fields_of(client.get(path)) | {"boundary": typed})

    assert errors_of(answer) == [f"Contour (GeoJSON) : {error}"]
    assert fields_of(answer)["boundary"] == typed
    quartier.refresh_from_db()
    assert quartier.boundary == {}


def test_boundary_is_drawn(client):
    quartier = create_quartier()
    path = f"/gestion/quartiers/quartier/{quartier.pk}/change/"
    boundary = {"type": "Polygon", "coordinates": [SQUARE]}

    client.post(path, fields_of(client.get(path)) | {"boundary": json.dumps(boundary)})

    quartier.refresh_from_db()
    assert quartier.boundary == boundary
    assert b'class="desk-drawing"' in client.get(path).content


def test_desk_log_names_nobody(client):
    volunteer = create_volunteer(user=create_user(last_name="Reconnaissable"))
    path = f"/gestion/volunteers/volunteer/{volunteer.pk}/change/"

    client.post(path, fields_of(client.get(path)) | {"wont_do": "Pas d’échelle"})

    volunteer.refresh_from_db()
    from django.contrib.admin.models import LogEntry  # noqa: PLC0415

    assert volunteer.wont_do == "Pas d’échelle"
    assert list(LogEntry.objects.values_list("object_repr", flat=True)) == [f"volontaire {volunteer.pk}"]


def test_mission_of_the_signup_is_a_click_away(client):
    signup = create_signup(create_slot(create_mission(title="La haie")))

    assert "La haie" in text_of(client.get(f"{SIGNUPS}{signup.pk}/change/"))
