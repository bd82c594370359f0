"""Slots in the desk: who comes, the attendance sheet, and signing up somebody who phones."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html

from missions import desk, signups
from missions.attendance import AttendanceError, record
from missions.models import Signup, SignupState, Slot
from missions.models.signup import LIVE, OUTCOMES
from missions.sheets import given_back, group_words
from vitre_civique.accounts.desk import ReadOnlyDeskAdmin
from vitre_civique.accounts.permissions import can
from vitre_civique.lib.french import count, span
from vitre_civique.lib.search import plain
from vitre_civique.notifications.outbox import wake_delivery
from volunteers.models import Volunteer

from . import series
from .filters import EmptySlotFilter, MonthFilter, SlotWhenFilter
from .pages import page, redirect

SHOWN = 20  # people a search shows: beyond, one adds a word


class PresenceForm(forms.Form):
    """One line of the sheet: what happened to one person."""

    state = forms.ChoiceField(
        required=False,
        choices=[("", "Pas encore noté"), *[(state, SignupState(state).label) for state in OUTCOMES]],
        error_messages={"invalid_choice": "Choisissez dans la liste."},
    )
    minutes = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=1440,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        error_messages={
            "invalid": "Écrivez des minutes en chiffres, par exemple : 45.",
            "min_value": "Entre 1 et 1440 minutes.",
            "max_value": "Entre 1 et 1440 minutes.",
        },
    )
    young_present = forms.IntegerField(
        required=False,
        min_value=0,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        error_messages={"invalid": "Écrivez un nombre.", "min_value": "Un nombre, ou rien."},
    )
    reason = forms.CharField(required=False, max_length=300)

    def __init__(self, *args, signup, **kwargs):
        initial = {
            "state": signup.state if signup.state in OUTCOMES else "",
            "minutes": signup.minutes,
            "young_present": signup.young_present,
        }
        super().__init__(*args, prefix=f"s{signup.pk}", initial=initial, **kwargs)
        self.signup = signup
        self.group_words = group_words(signup)
        if signup.group_id is None:
            del self.fields["young_present"]
        for name, label in (
            ("state", "Présence"),
            ("minutes", "Minutes"),
            ("young_present", "Jeunes présents"),
            ("reason", "Motif d’une correction"),
        ):
            if name not in self.fields:
                continue
            self.fields[name].label = label
            self.fields[name].widget.attrs["aria-label"] = f"{label} : {signup.volunteer}"


@admin.register(Slot)
class SlotAdmin(ReadOnlyDeskAdmin):
    list_display = ["when", "mission", "where", "places_taken", "sheet"]
    list_display_links = None
    list_filter = [SlotWhenFilter, EmptySlotFilter, "mission__quartier", MonthFilter]
    search_fields = ["mission__title"]
    search_texts = ["mission__search_text"]
    search_help_text = "Un mot de la mission, avec ou sans accents."
    ordering = ["starts_at", "id"]
    actions = None
    empty_value_display = "Toute la ville"

    def get_queryset(self, request):
        return desk.slots_for_desk(timezone.now()).filter(cancelled_at__isnull=True)

    @admin.display(description="quand", ordering="starts_at")
    def when(self, slot):
        return span(slot.starts_at, slot.ends_at)

    @admin.display(description="quartier")
    def where(self, slot):
        return slot.mission.quartier or "Toute la ville"

    @admin.display(description="places prises", ordering="held_count")
    def places_taken(self, slot):
        return f"{slot.held_count} sur {slot.places}"

    @admin.display(description="feuille")
    def sheet(self, slot):
        url = reverse("admin:missions_slot_sheet", args=[slot.pk])
        return format_html(
            "<a href='{}'>Feuille<span class='visually-hidden'> : {}</span></a>", url, slot.mission
        )

    def get_urls(self):
        view = self.admin_site.admin_view
        own = [
            path("<int:pk>/feuille/", view(self.sheet_view), name="missions_slot_sheet"),
            path("<int:pk>/inscrire/", view(self.add_person_view), name="missions_slot_add_person"),
            path("<int:pk>/repeter/", view(self.repeat_view), name="missions_slot_repeat"),
            path("<int:pk>/modifier/", view(self.alter_view), name="missions_slot_alter"),
            path("<int:pk>/annuler/", view(self.cancel_view), name="missions_slot_cancel"),
            path("serie/<int:pk>/prolonger/", view(self.prolong_view), name="missions_series_prolong"),
        ]
        return [*own, *super().get_urls()]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        return redirect("admin:missions_slot_sheet", object_id)

    def history_view(self, request, object_id, extra_context=None):
        return redirect("admin:missions_slot_sheet", object_id)

    def slot_or_404(self, request, pk):
        slot = self.get_queryset(request).filter(pk=pk).first()
        if slot is None:
            raise Http404
        return slot

    def repeat_view(self, request, pk):
        return series.repeat(self, request, pk)

    def alter_view(self, request, pk):
        return series.change(self, request, pk)

    def cancel_view(self, request, pk):
        return series.cancel(self, request, pk)

    def prolong_view(self, request, pk):
        return series.prolong(self, request, pk)

    def sheet_view(self, request, pk):
        """Who is expected; once the slot has begun, who came."""
        if not can(request.user, "signup.see_names"):
            raise PermissionDenied
        slot = self.slot_or_404(request, pk)
        may_record = can(request.user, "signup.record_attendance") and slot.starts_at <= timezone.now()
        expected = list(on_slot(slot).filter(state__in=[SignupState.CONFIRMED, *OUTCOMES]))
        forms_shown = [PresenceForm(request.POST or None, signup=signup) for signup in expected]
        if request.method == "POST":
            if not may_record:
                raise PermissionDenied
            if not any(form.errors for form in forms_shown):
                return self._record(request, slot, forms_shown)
        return page(
            self,
            request,
            "admin/missions/slot/sheet.html",
            title="Feuille de présence",
            subtitle=slot.mission.title,
            slot=slot,
            when=span(slot.starts_at, slot.ends_at),
            forms=forms_shown,
            may_record=may_record,
            given_back=given_back(slot, sees_names=True),
            others=on_slot(slot).filter(state__in=LIVE).exclude(state=SignupState.CONFIRMED),
            may_add=can(request.user, "volunteer.register") and slot.starts_at > timezone.now(),
            may_edit=can(request.user, "mission.edit") and slot.starts_at > timezone.now(),
            may_cancel=can(request.user, "mission.cancel") and slot.starts_at > timezone.now(),
            errors=any(form.errors for form in forms_shown),
            back=reverse("admin:missions_slot_changelist"),
        )

    def _record(self, request, slot, presence_forms):
        done = 0
        for form in presence_forms:
            data = form.cleaned_data
            if not form.has_changed() or not data["state"]:
                continue
            try:
                record(
                    form.signup,
                    data["state"],
                    minutes=data["minutes"],
                    young_present=data.get("young_present"),
                    by=request.user,
                    reason=data["reason"],
                    now=timezone.now(),
                )
                done += 1
            except AttendanceError as error:
                messages.warning(request, f"{form.signup.volunteer} : {error.message}")
        wake_delivery()
        messages.success(request, f"{count(done, 'présence notée', 'présences notées')}.")
        return redirect("admin:missions_slot_sheet", slot.pk)

    def add_person_view(self, request, pk):
        """Sign up somebody who phones: look for the person, then one POST."""
        if not can(request.user, "volunteer.register"):
            raise PermissionDenied
        slot = self.slot_or_404(request, pk)
        if request.method == "POST":
            volunteer = Volunteer.objects.filter(pk=request.POST.get("volunteer") or 0).first()
            if volunteer is None:
                raise Http404
            return self._sign_up(request, slot, volunteer)
        words = request.GET.get("q", "").strip()
        return page(
            self,
            request,
            "admin/missions/slot/add_person.html",
            title="Inscrire une personne",
            subtitle=slot.mission.title,
            slot=slot,
            when=span(slot.starts_at, slot.ends_at),
            words=words,
            found=find(words) if words else None,
            back=reverse("admin:missions_slot_sheet", args=[slot.pk]),
        )

    def _sign_up(self, request, slot, volunteer):
        try:
            signup = signups.sign_up(volunteer, slot, by=request.user, now=timezone.now())
        except signups.SignupError as error:
            messages.error(request, f"{volunteer} n’a pas pu être inscrite ou inscrit : {error.message}")
            return redirect(request.get_full_path())
        wake_delivery()
        messages.success(
            request,
            f"{volunteer} : {signup.get_state_display().lower()}. Sa confirmation part.",
        )
        return redirect("admin:missions_slot_sheet", slot.pk)


def on_slot(slot):
    return (
        Signup.objects.filter(slot=slot)
        .select_related("volunteer__user", "group")
        .order_by("created_at", "id")
    )


def find(words):
    """Volunteers whose name holds every word, or whose phone ends so."""
    digits = "".join(filter(str.isdigit, words)).lstrip("0")
    found = Q()
    for word in plain(words).split():
        found &= Q(user__search_text__contains=word)
    if len(digits) >= 6:
        found |= Q(user__phone__endswith=digits)
    people = Volunteer.objects.filter(found, stopped_at__isnull=True, user__is_active=True)
    return people.select_related("user", "quartier").order_by("user__last_name", "user__first_name", "id")[
        :SHOWN
    ]
