"""One's own signups: check, sign up, read, withdraw, answer an offer, say what happened."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from missions import attendance, signups
from missions.browse import meeting_cards, suggested_cards, with_counts
from missions.cards import waiting_rank, when
from missions.eligibility import MEETING, reasons_against
from missions.forms import SaidForm, WithdrawForm
from missions.links import signup_of
from missions.models import Outcome, Signup, SignupState, Slot
from missions.models.signup import LIVE
from missions.permissions import PUBLIC
from missions.sentences import next_steps
from missions.thanks import may_thank
from vitre_civique.notifications.outbox import wake_delivery
from volunteers.profiles import is_charter_new, own_volunteer


@require_http_methods(["GET", "HEAD", "POST"])
def sign_up(request, pk):
    """The check page, then the act. Anonymous people are led to sign in and come back here."""
    now, volunteer = timezone.now(), own_volunteer(request.user)
    slots = with_counts(Slot.objects.filter(mission__state__in=PUBLIC), now)
    slot = get_object_or_404(slots.select_related("mission__quartier", "mission__gesture"), pk=pk)
    if volunteer is None:
        messages.info(request, "Encore deux minutes : dites ce que vous aimez faire, puis inscrivez-vous.")
        return redirect("volunteers:join")
    if mine := Signup.objects.filter(slot=slot, volunteer=volunteer, state__in=LIVE).first():
        return redirect("missions:signup", pk=mine.pk)
    if request.method == "POST":
        return make_signup(request, volunteer, slot, now)
    return show_check(request, volunteer, slot, reasons_against(volunteer, slot.mission, slot, now=now), now)


def make_signup(request, volunteer, slot, now):
    try:
        signup = signups.sign_up(volunteer, slot, by=request.user, now=now)
    except signups.NotAllowed as refusal:
        return show_check(request, volunteer, slot, refusal.reasons, now)
    except signups.SignupError as refusal:
        return show_check(request, volunteer, slot, [refusal.message], now)
    wake_delivery()
    messages.success(request, "C’est noté, merci !")
    return redirect("missions:signup", pk=signup.pk)


def show_check(request, volunteer, slot, reasons, now):
    context = {"slot": slot, "mission": slot.mission, "when": when(slot, now), "reasons": reasons}
    context["is_full"] = slot.held_count >= slot.places
    context["is_minor"] = volunteer.user.is_minor_on(slot.starts_at.date())
    context["is_charter_new"] = is_charter_new(volunteer)
    if reasons:
        context["cards"] = suggested_cards(volunteer, 3, now)
        context["meetings"] = meeting_cards(2, now) if MEETING in reasons else []
    return render(request, "missions/sign_up.html", context, status=409 if request.method == "POST" else 200)


def own_signup(request, pk):
    rows = Signup.objects.select_related(
        "slot__mission__quartier",
        "slot__mission__collection",
        "volunteer__quartier",
        "introduction",
        "group",
    )
    signup = get_object_or_404(rows, pk=pk, volunteer__user=request.user)
    signup.volunteer.user = request.user
    return signup


@require_GET
def my_signups(request):
    rows = Signup.objects.filter(volunteer__user=request.user).select_related("slot__mission__quartier")
    now = timezone.now()
    ahead = rows.filter(state__in=LIVE, ends_at__gt=now).order_by("starts_at", "id")
    behind = rows.exclude(state__in=LIVE, ends_at__gt=now).order_by("-starts_at", "-id")
    return render(request, "missions/my_signups.html", {"ahead": ahead, "behind": behind[:50]})


@require_GET
def signup(request, pk):
    now, found = timezone.now(), own_signup(request, pk)
    is_over = found.state not in LIVE and found.state not in ("attended", "unknown")
    context = {
        "signup": found,
        "mission": found.slot.mission,
        "introduction": getattr(found, "introduction", None),
        "steps": next_steps(found, now=now),
        "rank": waiting_rank(found) if found.state == SignupState.WAITING else None,
        "has_begun": found.starts_at <= now,
        "may_withdraw": found.state in LIVE and found.starts_at > now,
        "may_say": found.starts_at <= now and found.state in ("confirmed", "unknown"),
        "may_thank": may_thank(request.user, found),
        "cards": suggested_cards(found.volunteer, 3, now) if is_over else [],
    }
    return render(request, "missions/signup.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request, pk):
    found, form = own_signup(request, pk), WithdrawForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return act(
            request,
            found,
            lambda now: signups.withdraw(found, by=request.user, reason=form.cleaned_data["reason"], now=now),
            "C’est noté : votre place est rendue. Merci d’avoir prévenu.",
        )
    if found.state not in LIVE:
        return redirect("missions:signup", pk=found.pk)
    return render(
        request, "missions/withdraw.html", {"signup": found, "mission": found.slot.mission, "form": form}
    )


@require_POST
def accept_offer(request, pk):
    found = own_signup(request, pk)
    return act(
        request,
        found,
        lambda now: signups.accept_offer(found, by=request.user, now=now),
        "La place est à vous, merci !",
    )


@require_POST
def decline_offer(request, pk):
    found = own_signup(request, pk)
    return act(
        request,
        found,
        lambda now: signups.decline_offer(found, by=request.user, now=now),
        "C’est noté : la place va à la personne suivante.",
    )


@require_POST
def say(request, pk):
    found, form = own_signup(request, pk), SaidForm(request.POST)
    if not form.is_valid():
        messages.error(request, first_error(form))
        return redirect("missions:signup", pk=pk)
    said = form.cleaned_data
    return act(
        request,
        found,
        lambda now: attendance.volunteer_says(found, said["outcome"], minutes=said["minutes"], now=now),
        "Merci de l’avoir dit.",
    )


def act(request, found, verb, done):
    """Run a verb, say what came of it, and go back to the signup's page."""
    try:
        verb(timezone.now())
    except (signups.SignupError, attendance.AttendanceError) as refusal:
        messages.error(request, refusal.message)
    else:
        wake_delivery()
        messages.success(request, done)
    return redirect("missions:signup", pk=found.pk)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def coming(request, token):
    """From a mail, without signing in: « je viens », « je ne peux plus », or the answer to an offer."""
    found, now, error, done = signup_of(token, "coming"), timezone.now(), "", ""
    form = WithdrawForm(request.POST or None)
    if request.method == "POST":
        try:
            done = answer(found, request.POST.get("answer"), form, now)
            wake_delivery()
        except signups.SignupError as refusal:
            error = refusal.message
        found.refresh_from_db(fields=["state", "coming_said_at"])
    context = {"signup": found, "mission": found.slot.mission, "error": error, "done": done, "form": form}
    context["may_answer"] = found.state in LIVE and found.starts_at > now
    is_out = done and found.state not in LIVE
    context["cards"] = suggested_cards(found.volunteer, 3, now) if is_out else []
    return render(request, "missions/coming.html", context)


def answer(found, word, form, now):
    """Do what the button says; the sentence that thanks."""
    user, is_offer = found.volunteer.user, found.state == SignupState.OFFERED
    if word == "no" and is_offer:
        signups.decline_offer(found, by=user, now=now)
    elif word == "no":
        if not form.is_valid():
            raise signups.SignupError(first_error(form))
        signups.withdraw(found, by=user, reason=form.cleaned_data["reason"], now=now)
    elif word == "yes" and is_offer:
        signups.accept_offer(found, by=user, now=now)
        return "La place est à vous, merci !"
    elif word == "yes":
        signups.say_coming(found, now=now)
        return "Merci, on compte sur vous."
    else:
        raise signups.SignupError("Choisissez l’une des deux réponses.")
    return "C’est noté : votre place est rendue. Merci d’avoir prévenu."


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def said(request, token):
    """From a mail, without signing in: « c’est fait » or « ça n’a pas eu lieu »."""
    found, form, error = signup_of(token, "said"), SaidForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        spoken = form.cleaned_data
        try:
            attendance.volunteer_says(found, spoken["outcome"], minutes=spoken["minutes"], now=timezone.now())
            wake_delivery()
        except attendance.AttendanceError as refusal:
            error = refusal.message
        found.refresh_from_db()
    elif request.method == "POST":
        error = first_error(form)
    context = {"signup": found, "mission": found.slot.mission, "error": error}
    context["has_said"] = found.volunteer_said != Outcome.SILENT and not error
    return render(request, "missions/said.html", context)


def first_error(form):
    return next(iter(form.errors.values()))[0]
