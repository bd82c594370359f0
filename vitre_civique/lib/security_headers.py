"""The security headers of every answer, static files and errors included (requirement SEC-20)."""

from django.conf import settings
from django.utils.cache import patch_cache_control

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'; object-src 'none'"
)
# Everything a page of ours never needs. Passkeys are the one power kept.
PERMISSIONS_POLICY = (
    "accelerometer=(), autoplay=(), camera=(), display-capture=(), encrypted-media=(), fullscreen=(), "
    "geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), usb=(), "
    "browsing-topics=(), publickey-credentials-get=(self), publickey-credentials-create=(self)"
)


class SecurityHeadersMiddleware:
    """Stands first, so that it also dresses redirects, static files and error pages."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        # A view that serves an uploaded file may be stricter ("sandbox"), never looser.
        extra = "; sandbox" if response.headers.get("Content-Security-Policy") == "sandbox" else ""
        # The demonstration's mailbox shows mails with inline styles, sandboxed under their own policy.
        mail_policy = getattr(response, "demo_mail_policy", None) if settings.DEMO else None
        response.headers["Content-Security-Policy"] = mail_policy or CONTENT_SECURITY_POLICY + extra
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        response.headers["Permissions-Policy"] = PERMISSIONS_POLICY
        is_personal = has_session(request, response) or has_token(request)
        if is_personal and not request.path.startswith(settings.STATIC_URL):
            patch_cache_control(response, private=True, no_store=True)
        return response


def has_session(request, response):
    """Whether a session cookie came or goes: everyone signed in, found without touching the database."""
    name = settings.SESSION_COOKIE_NAME
    return name in request.COOKIES or name in response.cookies


def has_token(request):
    """Whether the address itself opens somebody's page: a link from a mail, read without signing in."""
    match = getattr(request, "resolver_match", None)
    return match is not None and "token" in match.kwargs
