"""For who organises: the one-tap attendance sheet on a phone, and the list to print."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from missions import attendance as outcomes
from missions.forms import AttendanceForm
from missions.models import Signup, SignupState, Slot
from missions.permissions import can_record_attendance
from missions.sheets import for_sheet, given_back, sheet_rows, who_could_be_added
from vitre_civique.accounts.permissions import can, requires
from vitre_civique.lib import french
from vitre_civique.notifications.outbox import wake_delivery
from volunteers.models import Volunteer


def organised_slot(request, pk):
    slot = get_object_or_404(Slot.objects.select_related("mission__quartier"), pk=pk)
    if not can_record_attendance(request.user, slot.mission):
        raise PermissionDenied
    return slot


def sheet_context(request, slot):
    sees_names = can(request.user, "signup.see_names")
    rows = sheet_rows(for_sheet(slot), sees_names=sees_names)
    return {
        "slot": slot,
        "mission": slot.mission,
        "span": french.span(slot.starts_at, slot.ends_at),
        "rows": rows,
        "expected": french.count(len(rows), "personne attendue", "personnes attendues"),
        "given_back": given_back(slot, sees_names=sees_names),
        "sees_names": sees_names,
        "may_add": slot.mission.is_meeting and can(request.user, "signup.record_attendance"),
        "has_begun": slot.starts_at <= timezone.now(),
        "needs_reason": can(request.user, "signup.correct_hours"),
    }


@require_GET
def attendance(request, pk):
    return render(request, "missions/attendance.html", sheet_context(request, organised_slot(request, pk)))


@require_GET
def printable(request, pk):
    return render(request, "missions/printable.html", sheet_context(request, organised_slot(request, pk)))


@requires("signup.record_attendance")
@require_http_methods(["GET", "HEAD", "POST"])
def walk_in(request, pk):
    """Looking for whoever came without having signed up; by POST, no name stands in an address."""
    slot, name = organised_slot(request, pk), request.POST.get("name", "")[:60].strip()
    context = {
        "slot": slot,
        "mission": slot.mission,
        "name": name,
        "found": who_could_be_added(slot, name),
        "may_register": can(request.user, "volunteer.register"),
    }
    return render(request, "missions/walk_in.html", context)


@requires("signup.record_attendance")
@require_POST
def add(request, pk):
    slot, number = organised_slot(request, pk), request.POST.get("volunteer", "")
    people = Volunteer.objects.select_related("user").filter(user__is_active=True)
    volunteer = get_object_or_404(people, pk=number if number.isdecimal() and len(number) < 10 else None)
    try:
        outcomes.add_present(slot, volunteer, by=request.user, now=timezone.now())
        wake_delivery()
        messages.success(request, "La présence est notée.")
    except outcomes.AttendanceError as refusal:
        messages.error(request, refusal.message)
    return redirect("missions:attendance", pk=slot.pk)


@require_POST
def record(request, pk):
    signup = get_object_or_404(Signup.objects.select_related("slot__mission"), pk=pk)
    slot, form = organised_slot(request, signup.slot_id), AttendanceForm(request.POST)
    is_settled = signup.state not in (SignupState.CONFIRMED, SignupState.UNKNOWN)
    if is_settled and not can(request.user, "signup.correct_hours"):
        raise PermissionDenied
    if not form.is_valid():
        messages.error(request, "Choisissez ce qui s’est passé, et une durée entre une minute et 24 heures.")
        return redirect("missions:attendance", pk=slot.pk)
    said = form.cleaned_data
    how = {"minutes": said["minutes"], "young_present": said["young_present"], "reason": said["reason"]}
    try:
        outcomes.record(signup, said["outcome"], **how, by=request.user, now=timezone.now())
        wake_delivery()
    except outcomes.AttendanceError as refusal:
        messages.error(request, refusal.message)
    return redirect("missions:attendance", pk=slot.pk)
