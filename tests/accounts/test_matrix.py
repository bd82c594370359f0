"""The permission matrix, cell by cell: the predicate, the guard of a view, real pages where they exist."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import URLPattern, get_resolver, reverse
from django.utils import timezone

from quartiers.models import Mandate
from tests.accounts.people import add_totp
from tests.factories import NOW, create_quartier, create_user, create_volunteer
from vitre_civique.accounts.models import User
from vitre_civique.accounts.permissions import ALLOWED, MATRIX, can, requires
from vitre_civique.accounts.roles import Role, grant_role

pytestmark = pytest.mark.django_db

ROLES = MATRIX["roles"]
CELLS = [(role, action) for action in ALLOWED for role in ROLES]
# Pages that one action alone opens: a request per role. Others are tried through `requires`.
PAGES = {
    "desk.view": lambda: reverse("admin:index"),
    "user.view": lambda: reverse("admin:accounts_user_changelist"),
    "mission.edit": lambda: reverse("admin:missions_mission_add"),
    "collection.edit": lambda: reverse("admin:missions_collection_add"),
    "collection.view_public": lambda: reverse("missions:collections"),
    "gesture.edit": lambda: reverse("admin:missions_gesture_add"),
    "association.edit": lambda: reverse("admin:missions_association_add"),
    "mandate.edit": lambda: reverse("admin:quartiers_mandate_add"),
    "notification.view": lambda: reverse("admin:notifications_notification_changelist"),
    "mission.propose": lambda: reverse("missions:propose"),
    "mission.view_public": lambda: reverse("missions:list"),
    "consent.record": lambda: reverse("accounts:record_consent", args=[create_minor().pk]),
}


def create_minor():
    today = timezone.localdate()
    return create_user(birth_date=today.replace(year=today.year - 17, day=1))


def create_person(role):
    """Someone with that role and, where one is due, a second factor."""
    if role == "anonymous":
        return AnonymousUser()
    user = create_volunteer().user if role == "volunteer" else create_user()
    if role == "referent":
        today = timezone.localdate()
        Mandate.objects.create(
            referent=user, quartier=create_quartier(), from_on=today - timedelta(1), charter_signed_on=today
        )
    if role in Role.values:
        grant_role(user, role, by=None, now=NOW)
    if role in (*Role.values, "referent"):
        add_totp(user)
    return User.objects.get(pk=user.pk)


def expected(role, action):
    """A signed-in person is a resident too; nobody else inherits."""
    roles = {role} if role == "anonymous" else {role, "resident"}
    return bool(ALLOWED[action] & roles)


@pytest.fixture(scope="module")
def guards():
    return {action: requires(action)(lambda request: HttpResponse("oui")) for action in ALLOWED}


@pytest.mark.parametrize("role", ROLES)
def test_each_cell_of_a_role_is_what_the_matrix_says(role, guards):
    person = create_person(role)
    request = RequestFactory().get("/ici/")
    request.user = person
    for action in ALLOWED:
        allowed = expected(role, action)
        assert can(person, action) is allowed, action
        if allowed:
            assert guards[action](request).content == b"oui", action
        elif role == "anonymous":
            assert guards[action](request).url == "/compte/connexion/?next=/ici/", action
        else:
            with pytest.raises(PermissionDenied):
                guards[action](request)


@pytest.mark.parametrize("action", PAGES)
def test_each_page_opens_to_the_roles_of_the_matrix(client, action):
    path = PAGES[action]()
    seen, wanted = {}, {}
    for role in ROLES:
        visitor = type(client)()
        if role != "anonymous":
            visitor.force_login(create_person(role))
        status = visitor.get(path).status_code
        seen[role] = {200: "open", 302: "sign in", 403: "refused"}.get(status, status)
        closed = "sign in" if role == "anonymous" else "refused"
        # The desk leads whoever may not enter to its sign-in, which refuses them.
        if (
            closed == "refused"
            and path.startswith(reverse("admin:index"))
            and not expected(role, "desk.view")
        ):
            closed = "sign in"
        wanted[role] = "open" if expected(role, action) else closed
    assert seen == wanted


def test_a_right_of_staff_needs_the_second_factor_even_within_a_session(guards):
    user = create_user()
    grant_role(user, Role.AGENT, by=None, now=NOW)
    request = RequestFactory().get("/ici/")
    request.user = User.objects.get(pk=user.pk)
    with pytest.raises(PermissionDenied):
        guards["mission.publish"](request)
    assert guards["mission.propose"](request).content == b"oui"


def open_urls(patterns, prefix=""):
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            if not getattr(pattern.callback, "login_required", True):
                yield "/" + route.replace("^", "").replace("$", "")
        else:
            yield from open_urls(pattern.url_patterns, route)


def test_open_urls_are_exactly_those_of_the_list():
    """A page is closed unless it says so; the list is read by a person when it changes."""
    listed = Path(__file__).with_name("open_urls.txt").read_text(encoding="utf-8").split("\n")
    wanted = sorted(line for line in listed if line and not line.startswith("#"))
    assert sorted(set(open_urls(get_resolver().url_patterns))) == wanted
