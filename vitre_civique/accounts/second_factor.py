"""The passkey or authenticator app that staff and referents must have (requirement ID-02)."""

from allauth.mfa.models import Authenticator
from django.core.exceptions import PermissionDenied

from .roles import needs_second_factor
from .sessions import NEEDS_SECOND_FACTOR, is_signed_in

TYPES = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def has_second_factor(user):
    return Authenticator.objects.filter(user=user, type__in=TYPES).exists()


def must_enrol(request):
    """Whether this signed-in person may go no further before adding a second factor.

    Residents cost no query: what their sign-in noted is trusted, and `is_staff` is already loaded.
    """
    if not is_signed_in(request):
        return False
    if not (request.user.is_staff or request.session.get(NEEDS_SECOND_FACTOR)):
        return False
    return not has_second_factor(request.user)


def require_second_factor(user):
    """For a right that a mandate gives: PermissionDenied when its holder has no second factor yet."""
    if needs_second_factor(user) and not has_second_factor(user):
        raise PermissionDenied
