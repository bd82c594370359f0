"""What stands between a session and a page: its idle limit, a missing second factor, answers to keep."""

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.shortcuts import redirect
from django.urls import reverse

from .kept_answers import keep_answers
from .second_factor import must_enrol
from .sessions import is_signed_in, touch

# Where people without their second factor may still go: to add it, to leave, to read our edited pages.
OPEN_NAMESPACES = {"accounts", "pages"}
OPEN_PREFIXES = ("account_", "mfa_")
OPEN_NAMES = {"manifest", "offline", "offline_worker", "usersessions_list"}


class SessionLimitMiddleware:
    """Each page of a signed-in person starts their idle limit anew; Django drops the session after it."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if is_signed_in(request):
            touch(request.session)
        return self.get_response(request)


class KeptAnswersMiddleware:
    """An anonymous POST to a closed page: put the answers aside, sign in, offer to send them again."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        is_closed = getattr(view, "login_required", True)
        if request.method != "POST" or not is_closed or is_signed_in(request):
            return None
        if not keep_answers(request):
            return None
        messages.info(
            request, "Votre session avait expiré. Connectez-vous : ce que vous avez écrit est gardé."
        )
        return redirect_to_login(reverse("accounts:resume"))


class SecondFactorRequiredMiddleware:
    """Staff and referents without passkey or authenticator app are sent to add one (requirement ID-02)."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        match = request.resolver_match
        name = match.url_name or ""
        is_open = match.namespace in OPEN_NAMESPACES or name.startswith(OPEN_PREFIXES) or name in OPEN_NAMES
        if is_open or not must_enrol(request):
            return None
        return redirect("accounts:second_factor")
