"""« Confirmez que c’est bien vous » before what matters; by a mailed code for people without a password.

allauth lets people without password or second factor through; everything sensitive goes by our decorator.
"""

import time
from functools import wraps

from allauth.account import app_settings
from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.code_verification import AbstractCodeVerificationProcess
from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from allauth.core.exceptions import ReauthenticationRequired
from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.models import Authenticator
from allauth.usersessions.internal.flows.sessions import end_other_sessions

from .second_factor import TYPES, has_second_factor

SESSION_STATE = "account_reauthentication_code"


def did_recently_authenticate(request):
    """Whether this person proved who they are within ACCOUNT_REAUTHENTICATION_TIMEOUT seconds.

    Whoever has a second factor must have used it: a mailed code alone does not count for them.
    """
    records = get_authentication_records(request, request.user)
    if records and has_second_factor(request.user):
        records = [record for record in records if record["method"] == "mfa"]
    return bool(records) and time.time() - records[-1]["at"] < app_settings.REAUTHENTICATION_TIMEOUT


def require_recent_authentication(request):
    """For a view with other guards first; allauth's middleware sends to the first method of the adapter."""
    if not request.user.is_authenticated or not did_recently_authenticate(request):
        raise ReauthenticationRequired


def recently_authenticated(view):
    """View decorator: sign in again first (requirement ID-10). A POST is resumed afterwards."""

    @wraps(view)
    def guarded(request, *args, **kwargs):
        require_recent_authentication(request)
        return view(request, *args, **kwargs)

    return guarded


def note_new_factor(sender, request, user, authenticator, **_):
    """Receiver of allauth's authenticator_added: a factor just used to be added is a proof of identity.

    Sessions opened elsewhere before the first one never proved it: they end, or the second factor of an agent
    would open the desk to whoever reads their mails and waited.
    """
    if authenticator.type not in TYPES:
        return
    record_authentication(request, user, method="mfa", type=authenticator.type, reauthenticated=True)
    if not Authenticator.objects.filter(user=user, type__in=TYPES).exclude(pk=authenticator.pk).exists():
        end_other_sessions(request, user)


class ReauthenticationCode(AbstractCodeVerificationProcess):
    """A code mailed to the person already signed in: ten minutes, three tries, this session only."""

    def __init__(self, request, state):
        self.request = request
        super().__init__(
            max_attempts=app_settings.LOGIN_BY_CODE_MAX_ATTEMPTS,
            timeout=app_settings.LOGIN_BY_CODE_TIMEOUT,
            state=state,
            user=request.user,
        )

    @classmethod
    def initiate(cls, request):
        process = cls(request, cls.initial_state(user=request.user, email=request.user.email))
        process.state["code"] = get_adapter().generate_login_code()
        process.send()
        process.persist()
        return process

    @classmethod
    def resume(cls, request):
        state = request.session.get(SESSION_STATE)
        return cls(request, state).abort_if_invalid() if state else None

    def matches(self, code):
        return compare_user_code(actual=code, expected=self.code)

    def send(self):
        adapter = get_adapter(self.request)
        context = {"code": self.code, "user": self.request.user}
        adapter.send_mail("account/email/reauthentication_code", self.request.user.email, context)

    def persist(self):
        self.request.session[SESSION_STATE] = self.state

    def abort(self):
        self.request.session.pop(SESSION_STATE, None)

    def finish(self):
        self.abort()
        record_authentication(self.request, self.request.user, method="code", reauthenticated=True)
