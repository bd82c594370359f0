"""« Mon compte » and the pages around it that allauth does not have."""

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.reauthentication import resume_request
from allauth.core.ratelimit import consume_or_429
from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from .forms import CodeForm, DetailsForm, PaperConsentForm
from .kept_answers import forget_answers, kept_answers
from .minors import (
    ConsentError,
    consent_of_token,
    give_consent,
    is_waiting_for_consent,
    needs_guardian,
    record_paper_consent,
    send_code_again,
)
from .models import User
from .permissions import requires
from .reauthentication import ReauthenticationCode
from .roles import needs_second_factor
from .second_factor import TYPES, has_second_factor

form_view = require_http_methods(["GET", "HEAD", "POST"])


@require_GET
def home(request):
    user = request.user
    authenticators = Authenticator.objects.filter(user=user, type__in=TYPES)
    context = {
        "passkey_count": sum(row.type == Authenticator.Type.WEBAUTHN for row in authenticators),
        "has_app": any(row.type == Authenticator.Type.TOTP for row in authenticators),
        "needs_second_factor": needs_second_factor(user),
        "is_waiting": is_waiting_for_consent(user),
    }
    return render(request, "accounts/home.html", context)


@form_view
def edit(request):
    form = DetailsForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "C’est enregistré.")
        return redirect("accounts:home")
    return render(request, "accounts/edit.html", {"form": form})


@require_GET
def welcome(request):
    """After the first code: waiting for a guardian, or three things one can do."""
    if is_waiting_for_consent(request.user):
        return redirect("accounts:waiting")
    return render(request, "accounts/welcome.html")


@login_not_required
@require_GET
def too_young(request):
    return render(request, "accounts/too_young.html")


@require_GET
def second_factor(request):
    if has_second_factor(request.user):
        return redirect("mfa_index")
    return render(request, "accounts/second_factor.html")


@form_view
def reauthenticate_by_code(request):
    """Confirm one's identity by a mailed code: the first POST sends it, the next ones check it."""
    if limited := consume_or_429(request, action="reauthenticate", user=request.user):
        return limited
    if has_second_factor(request.user) or not request.user.email:
        raise PermissionDenied
    process = ReauthenticationCode.resume(request)
    form = CodeForm(request.POST if process and "code" in request.POST else None)
    if request.method == "POST" and "send" in request.POST:
        process, form = ReauthenticationCode.initiate(request), CodeForm()
    elif process and form.is_valid():
        if process.matches(form.cleaned_data["code"]):
            process.finish()
            return resume_request(request) or redirect("accounts:home")
        form.add_error("code", "Ce n’est pas le bon code. Recopiez les six chiffres de l’e-mail.")
        process = process if process.record_invalid_attempt() else None
    context = {"process": process, "form": form, "other_ways": other_ways(request)}
    return render(request, "accounts/reauthenticate_by_code.html", context)


def other_ways(request):
    """The other methods to confirm one's identity, leading to the same page."""
    methods = get_adapter(request).get_reauthentication_methods(request.user)
    query = f"?{request.GET.urlencode()}" if request.GET else ""
    return [
        {"description": method["description"], "url": method["url"] + query}
        for method in methods
        if method["url"] != request.path
    ]


@require_GET
def resume(request):
    """What was typed before the session ended, ready to be sent again."""
    kept = kept_answers(request)
    if kept is None:
        return redirect("accounts:home")
    fields = [(name, value) for name, values in kept["fields"].items() for value in values]
    return render(request, "accounts/resume.html", {"kept": kept, "fields": fields})


@require_POST
def forget(request):
    forget_answers(request)
    messages.success(request, "C’est oublié : rien n’a été envoyé.")
    return redirect("home")


@require_GET
def waiting(request):
    """A minor sees whom we wait for."""
    if not is_waiting_for_consent(request.user):
        return redirect("accounts:home")
    consent = request.user.guardian_consents.filter(revoked_at__isnull=True).first()
    return render(request, "accounts/waiting.html", {"consent": consent})


@require_GET
def guardian_form(request):
    """The same agreement on paper: to print, sign and bring to the mairie."""
    if not needs_guardian(request.user, timezone.localdate()):
        return redirect("accounts:home")
    consent = request.user.guardian_consents.filter(revoked_at__isnull=True).first()
    return render(request, "accounts/guardian_form.html", {"minor": request.user, "consent": consent})


@require_POST
def ask_guardian_again(request):
    consent = get_object_or_404(request.user.guardian_consents, given_at__isnull=True)
    if send_code_again(consent, now=timezone.now()):
        messages.success(request, "Nous venons d’envoyer un nouveau code à votre représentant légal.")
    else:
        messages.info(
            request, "Un code est déjà parti aujourd’hui. Demandez à votre parent de regarder ses e-mails."
        )
    return redirect("accounts:waiting")


@login_not_required
@form_view
def guardian(request, token):
    """A legal representative types the code of their mail. Opening the link gives nothing."""
    consent = consent_of_token(token)
    if consent is None:
        raise Http404
    if limited := consume_or_429(request, action="login"):
        return limited
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            consent = give_consent(consent, form.cleaned_data["code"], now=timezone.now())
        except ConsentError as error:
            form.add_error("code", error.message)
    return render(request, "accounts/guardian.html", {"consent": consent, "form": form})


@form_view
@requires("consent.record")
def record_consent(request, pk):
    """An agent has the signed form of a guardian before them."""
    minor = get_object_or_404(User, pk=pk, birth_date__isnull=False)
    if not needs_guardian(minor, timezone.localdate()):
        raise Http404
    form = PaperConsentForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        name = form.cleaned_data["guardian_name"]
        record_paper_consent(minor, guardian_name=name, by=request.user, now=timezone.now())
        messages.success(request, "L’accord est enregistré : cette personne peut participer.")
        return redirect("accounts:record_consent", pk=pk)
    context = {"minor": minor, "form": form, "is_waiting": is_waiting_for_consent(minor)}
    return render(request, "accounts/record_consent.html", context)
