"""Missions in the desk: the list, the form, what is saved. Verbs: acts.py; pages beside: pages.py."""

from django.contrib import admin, messages
from django.db import transaction
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html

from missions import desk, from_reports, planning
from missions.models import HelpOfferAnswer, Mission, MissionKind, MissionState, Signup, Slot
from vitre_civique.accounts.desk import DeskAdmin
from vitre_civique.accounts.permissions import can
from vitre_civique.lib import screening
from vitre_civique.lib.french import moment

from . import acts, archives, invitations, pages, requests, series
from .filters import MissionMonthFilter, StateFilter, WithoutVolunteerFilter
from .inlines import PrerequisiteInline, PrivatePlaceInline, SlotInline
from .mission_form import MissionForm


def bulk_action(act):
    """A Django admin action that asks for confirmation, then says what was done."""

    def run(modeladmin, request, queryset):
        return pages.bulk(modeladmin, request, queryset, act)

    run.short_description = act.bulk
    run.__name__ = f"bulk_{act.name}".replace("-", "_")
    return run


BULK_ACTIONS = {f"bulk_{act.name}".replace("-", "_"): act for act in acts.BULK}


@admin.register(Mission)
class MissionAdmin(DeskAdmin):
    form = MissionForm
    change_form_template = "admin/missions/mission/change_form.html"
    change_list_template = "admin/missions/mission/change_list.html"
    list_display = ["title_and_kind", "state_badge", "where", "next_slot", "places_filled", "organiser"]
    list_filter = [
        StateFilter,
        "kind",
        "quartier",
        MissionMonthFilter,
        WithoutVolunteerFilter,
        "is_first_visit_accompanied",
    ]
    search_fields = ["title"]
    search_texts = ["search_text"]
    search_help_text = "Un mot du titre, du texte ou du lieu, avec ou sans accents."
    ordering = ["-id"]
    actions = [bulk_action(act) for act in acts.BULK]
    raw_id_fields = ["beneficiary", "proposed_by"]
    empty_value_display = "Toute la ville"
    inlines = [SlotInline, PrivatePlaceInline, PrerequisiteInline]
    fieldsets = [
        ("Quoi", {"fields": ["version", "gesture", "title", "public_text", ("kind", "help_kind")]}),
        ("Où : ce que tout le monde lit", {"fields": [("quartier", "public_place"), "is_accessible"]}),
        ("Qui", {"fields": [("organiser", "association"), ("proposed_by", "beneficiary"), "collection"]}),
        (
            "Comment",
            {
                "fields": [
                    ("is_open_to_minors", "is_in_pairs", "is_open_to_groups"),
                    "is_meeting",
                    "is_first_visit_accompanied",
                    ("needs_approval", "tracks_attendance"),
                ]
            },
        ),
        ("Au bureau seulement", {"classes": ["collapse"], "fields": ["internal_note"]}),
    ]

    # --- The list ---

    def get_queryset(self, request):
        return desk.missions_for_desk(timezone.now())

    def get_actions(self, request):
        actions = super().get_actions(request)
        return {
            name: action
            for name, action in actions.items()
            if name not in BULK_ACTIONS or can(request.user, BULK_ACTIONS[name].permission)
        }

    @admin.display(description="mission", ordering="title")
    def title_and_kind(self, mission):
        return format_html("{}<span class='desk-under'>{}</span>", mission.title, mission.get_kind_display())

    @admin.display(description="état", ordering="state")
    def state_badge(self, mission):
        return pages.badge(mission)

    @admin.display(description="quartier", ordering="quartier__name")
    def where(self, mission):
        return mission.quartier or "Toute la ville"

    @admin.display(description="prochain créneau", ordering="next_starts_at")
    def next_slot(self, mission):
        return moment(mission.next_starts_at) if mission.next_starts_at else "aucun à venir"

    @admin.display(description="places prises", ordering="held_count")
    def places_filled(self, mission):
        return f"{mission.held_count} sur {mission.places_count}"

    def changelist_view(self, request, extra_context=None):
        context = {
            "may_export": can(request.user, "mission.export"),
            "sees_archives": can(request.user, "archives.view"),
            **(extra_context or {}),
        }
        return super().changelist_view(request, context)

    # --- The form ---

    def get_fieldsets(self, request, obj=None):
        """Whoever may not look people up reads names, without a link that would refuse to open."""
        fieldsets = super().get_fieldsets(request, obj)
        if can(request.user, "user.view"):
            return fieldsets
        names = {
            "fields": [("organiser", "association"), ("proposer_name", "beneficiary_name"), "collection"]
        }
        return [(title, names if title == "Qui" else options) for title, options in fieldsets]

    def get_readonly_fields(self, request, obj=None):
        return [*super().get_readonly_fields(request, obj), "proposer_name", "beneficiary_name"]

    @admin.display(description="habitant qui propose")
    def proposer_name(self, mission):
        return str(mission.proposed_by or "–")

    @admin.display(description="bénéficiaire")
    def beneficiary_name(self, mission):
        return str(mission.beneficiary or "–")

    def get_inlines(self, request, obj):
        sees_place = can(request.user, "mission.view_private_place")
        return [inline for inline in self.inlines if inline is not PrivatePlaceInline or sees_place]

    def get_object(self, request, object_id, from_field=None):
        """While a form is saved the row is locked: a second agent waits, then learns it has changed."""
        if request.method == "POST" and not request.POST.get("_preview"):
            Mission.objects.select_for_update(of=("self",), no_key=True).filter(pk=object_id).first()
        return super().get_object(request, object_id, from_field)

    def get_changeform_initial_data(self, request):
        report = from_reports.report_for_mission(request.GET.get("remontee", ""))
        return {
            "organiser": "mairie",
            **(from_reports.first_words(report) if report else {}),
            **super().get_changeform_initial_data(request),
        }

    def save_model(self, request, mission, form, change):
        if not change:
            mission.created_by = request.user
        super().save_model(request, mission, form, change)  # moves `updated_at`, even when only slots changed
        if not change:
            mission.state_changes.create(to_state=mission.state, at=timezone.now(), by=request.user)
            if report := from_reports.report_for_mission(request.GET.get("remontee", "")):
                from_reports.link(mission, report, by=request.user, now=timezone.now())
        elif "kind" in form.changed_data and mission.kind == MissionKind.INTERPERSONAL:
            planning.introduce_those_signed_up(mission, now=timezone.now())
        self._warn_about_words(request, mission)

    def save_formset(self, request, form, formset, change):
        if formset.model is not Slot:
            return super().save_formset(request, form, formset, change)
        now = timezone.now()
        formset.save(commit=False)
        for slot, changed in formset.changed_objects:
            self._change_slot(request, slot, changed, now)
        for slot in formset.new_objects:
            slot.save()
        for slot in formset.deleted_objects:
            self._remove_slot(request, slot, now)
        for slot_form in formset.forms:
            if slot_form.has_changed() and slot_form not in formset.deleted_forms and slot_form.warning():
                messages.warning(request, slot_form.warning())
        return None

    def _change_slot(self, request, slot, changed, now):
        """A moved slot tells its people; the verb may refuse, and then says why."""
        wanted = {"starts_at": slot.starts_at, "ends_at": slot.ends_at, "places": slot.places}
        try:
            with transaction.atomic():
                if set(changed) & set(wanted):
                    planning.change_slot(Slot.objects.get(pk=slot.pk), **wanted, by=request.user, now=now)
                if "newcomer_places" in changed:
                    slot.save(update_fields=["newcomer_places"])
        except planning.PlanningError as error:
            messages.error(request, f"Le créneau n’a pas changé : {error.message}")

    def _remove_slot(self, request, slot, now):
        """A slot somebody ever signed up for is cancelled and its people told; an untouched one goes."""
        if not Signup.objects.filter(slot=slot).exists():
            slot.delete()
            return
        try:
            message = "Ce créneau n’aura pas lieu."
            planning.cancel_slot(slot, by=request.user, message=message, now=now)
            messages.info(request, "Le créneau est annulé et les personnes inscrites sont prévenues.")
        except planning.PlanningError as error:
            messages.error(request, error.message)

    def _warn_about_words(self, request, mission):
        words = " ".join([mission.title, mission.public_text, mission.public_place])
        for finding in screening.findings(words):
            messages.warning(
                request,
                f"Tout le monde lira {finding.label} : « {finding.excerpt} ». Est-ce voulu ?",
            )

    # --- Buttons and the pages beside ---

    def get_urls(self):
        view = self.admin_site.admin_view
        own = [
            path("<int:pk>/apercu/", view(self.preview), name="missions_mission_preview"),
            path("<int:pk>/faire/<slug:name>/", view(self.act), name="missions_mission_act"),
            path("<int:pk>/qui/", view(self.who), name="missions_mission_who"),
            path("export/", view(self.export), name="missions_mission_export"),
            path("demande/", view(self.assist), name="missions_mission_assist"),
            path("archives/", view(self.archives), name="missions_mission_archives"),
            path("demande/papier/", view(self.paper), name="missions_mission_paper"),
            path("demande/papier.pdf", view(requests.paper_pdf), name="missions_mission_paper_pdf"),
            path("<int:pk>/recu/", view(self.receipt), name="missions_mission_receipt"),
            path("<int:pk>/recu.pdf", view(self.receipt_pdf), name="missions_mission_receipt_pdf"),
            path("<int:pk>/souhait/<int:wish_pk>/", view(self.wish), name="missions_mission_wish"),
            path(
                "<int:pk>/assurance/",
                view(self.insurer),
                name="missions_mission_insurer",
            ),
        ]
        return [*own, *super().get_urls()]

    def assist(self, request):
        return requests.assist(self, request)

    def paper(self, request):
        return requests.paper(self, request)

    def archives(self, request):
        return archives.archives(self, request)

    def receipt(self, request, pk):
        return requests.receipt(self, request, pk)

    def receipt_pdf(self, request, pk):
        return requests.receipt_pdf(self, request, pk)

    def wish(self, request, pk, wish_pk):
        return requests.wish_to_slot(self, request, pk, wish_pk)

    def preview(self, request, pk):
        return pages.preview(self, request, pk)

    def act(self, request, pk, name):
        return pages.act(self, request, pk, name)

    def who(self, request, pk):
        return invitations.who(self, request, pk)

    def export(self, request):
        return pages.export(self, request)

    def insurer(self, request, pk):
        return pages.insurer(self, request, pk)

    def history_view(self, request, object_id, extra_context=None):
        return pages.history(self, request, object_id)

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):  # noqa: FBT002 (Django's own signature)
        def url_of(name):
            return reverse("admin:missions_mission_act", args=[obj.pk, name])

        context["buttons"] = acts.buttons(request.user, obj, url_of) if obj else []
        context["can_publish_now"] = can(request.user, "mission.publish") and (
            obj is None or obj.state in acts.ACTS["publier"].states
        )
        context["wishes"] = obj.wishes.order_by("day", "id") if obj else []
        context["born_from"] = HelpOfferAnswer.objects.filter(mission=obj).first() if obj else None
        context["may_read_offer"] = can(request.user, "help_offer.moderate")
        context["series"] = series.of_mission(obj) if obj else []
        context["can_invite"] = can(request.user, "invitation.view") and obj and obj.is_published
        context["can_export_names"] = can(request.user, "volunteer.export")
        context["title"] = "Proposer une mission"
        if obj:
            context["subtitle"] = ""
            context["title"] = obj.title
            context["is_final"] = obj.state in (
                MissionState.DONE,
                MissionState.CANCELLED,
                MissionState.REFUSED,
            )
        return super().render_change_form(request, context, add, change, form_url, obj)

    def response_add(self, request, obj, post_url_continue=None):
        return self._publish_now(request, obj) or super().response_add(request, obj, post_url_continue)

    def response_change(self, request, obj):
        return self._publish_now(request, obj) or super().response_change(request, obj)

    def _publish_now(self, request, mission):
        if "_publish" not in request.POST:
            return None
        return pages.publish_saved(request, mission)
