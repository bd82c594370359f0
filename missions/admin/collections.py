"""Collections in the desk: the form with its points, their hours, and publishing, closing, cancelling."""

from dataclasses import dataclass

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.forms.models import BaseInlineFormSet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.text import slugify

from missions import collections
from missions.collection_pages import hour_lines, progress
from missions.models import Collection, CollectionState, DropOffPoint, OpeningHours
from vitre_civique.accounts.desk import DeskAdmin, HourInput, ObjectAction, back_to, badge, change_url, page
from vitre_civique.accounts.permissions import can
from vitre_civique.accounts.versions import VersionedAdmin, records_of, state_events, versions
from vitre_civique.lib import screening
from vitre_civique.lib.french import days
from vitre_civique.lib.months import local_day
from vitre_civique.notifications.outbox import wake_delivery

from .inlines import DeskInline
from .pages import MessageForm, told_sentence


@dataclass(frozen=True)
class Act:
    """A button of a collection: who may, from which states, what is said before and after."""

    label: str
    permission: str
    states: tuple
    done: str
    intro: str = ""  # asked on a page of its own
    asks: str = ""


ACTS = {
    "publier": Act(
        "Publier",
        "collection.publish",
        (CollectionState.DRAFT,),
        "La collecte est publiée : tout le monde la voit.",
    ),
    "clore": Act(
        "Clore la collecte",
        "collection.close",
        (CollectionState.PUBLISHED,),
        "La collecte est close : sa page garde les chiffres.",
        intro="Vérifiez les comptages : ensuite plus personne n’en ajoute, et seul un agent les corrige.",
    ),
    "annuler": Act(
        "Annuler la collecte",
        "collection.cancel",
        (CollectionState.DRAFT, CollectionState.PUBLISHED),
        "La collecte et ses missions sont annulées : les personnes inscrites sont prévenues.",
        intro="Ses missions sont annulées avec elle.",
        asks="Message public",
    ),
}


class CollectionForm(forms.ModelForm):
    class Meta:
        model = Collection
        fields = "__all__"  # noqa: DJ007 (the admin's fieldsets name the fields)
        widgets = {
            "title": forms.TextInput(attrs={"size": 60}),
            "public_text": forms.Textarea(attrs={"rows": 6, "cols": 70, "data-limit": 2000}),
            "what_to_bring": forms.Textarea(attrs={"rows": 5, "cols": 70}),
            "what_not_to_bring": forms.Textarea(attrs={"rows": 4, "cols": 70}),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "slug" in self.fields:
            self.fields["slug"].required = False
            self.fields["slug"].help_text = "Laissez vide pour la tirer du titre."

    def clean_slug(self):
        slug = self.cleaned_data["slug"] or slugify(self.cleaned_data.get("title", ""))[:60]
        if not slug and "title" not in self.errors:
            raise ValidationError("Écrivez une adresse, par exemple : noel-solidaire-2026.")
        return slug


class PointInline(DeskInline):
    model = DropOffPoint
    verbose_name_plural = "points de dépôt"
    extra = 1
    fields = [("public_place", "quartier"), ("is_accessible", "is_active")]

    def get_extra(self, request, obj=None, **kwargs):
        return 0 if obj and obj.points.exists() else self.extra


@admin.register(Collection)
class CollectionAdmin(VersionedAdmin):
    form = CollectionForm
    change_form_template = "admin/missions/collection/change_form.html"
    list_display = ["title", "state_badge", "when", "so_far", "organiser"]
    search_fields = ["title"]
    inlines = [PointInline]
    fieldsets = [
        ("Quoi", {"fields": ["title", "slug", "public_text", "what_to_bring", "what_not_to_bring"]}),
        ("Combien", {"fields": ["goal", ("unit_one", "unit_many")]}),
        ("Quand et par qui", {"fields": [("starts_on", "ends_on"), ("organiser", "association")]}),
    ]

    def get_list_filter(self, request):
        return [CollectionStateFilter]

    def get_queryset(self, request):
        return Collection.objects.with_totals()

    @admin.display(description="état", ordering="state")
    def state_badge(self, collection):
        return badge(collection)

    @admin.display(description="dates", ordering="starts_on")
    def when(self, collection):
        return days(collection.starts_on, collection.ends_on)

    @admin.display(description="où l’on en est", ordering="received_count")
    def so_far(self, collection):
        return progress(collection)["sentence"]

    def has_change_permission(self, request, obj=None):
        is_over = obj is not None and obj.state in (CollectionState.DONE, CollectionState.CANCELLED)
        return super().has_change_permission(request, obj) and not is_over

    def get_object(self, request, object_id, from_field=None):
        """While a form is saved the row is locked: nobody publishes or cancels it under the agent's hands."""
        if request.method == "POST" and str(object_id).isdecimal():
            Collection.objects.select_for_update(of=("self",), no_key=True).filter(pk=object_id).first()
        return super().get_object(request, object_id, from_field)

    def save_model(self, request, collection, form, change):
        if change:
            collection.sequence += bool(form.changed_data)
        else:
            collection.created_by = request.user
        super().save_model(request, collection, form, change)
        if not change:
            collection.state_changes.create(to_state=collection.state, at=timezone.now(), by=request.user)
        words = [collection.title, collection.public_text, collection.what_to_bring]
        for found in screening.findings(" ".join([*words, collection.what_not_to_bring])):
            messages.warning(
                request, f"Tout le monde lira {found.label} : « {found.excerpt} ». Est-ce voulu ?"
            )

    def events_of(self, collection):
        return [*state_events(collection), *versions(records_of(collection), "la collecte")]

    def get_urls(self):
        act = self.admin_site.admin_view(self.act_view)
        own = path("<int:pk>/faire/<slug:name>/", act, name="missions_collection_act")
        return [own, *super().get_urls()]

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):  # noqa: FBT002 (Django's own signature)
        context["title"] = "Préparer une collecte"
        if obj is not None:
            context["title"], context["subtitle"] = obj.title, ""
            context["buttons"] = self.buttons(request.user, obj)
            points = obj.points.prefetch_related("hours").order_by("id")
            context["points"] = [(point, hour_lines(point.hours.all())) for point in points]
            context["progress"] = progress(Collection.objects.with_totals().get(pk=obj.pk))
        return super().render_change_form(request, context, add, change, form_url, obj)

    def buttons(self, user, collection):
        return [
            ObjectAction(
                name,
                act.label,
                reverse("admin:missions_collection_act", args=[collection.pk, name]),
                is_primary=not act.intro,
                is_danger=bool(act.asks),
                asks=bool(act.intro),
            )
            for name, act in ACTS.items()
            if collection.state in act.states and can(user, act.permission)
        ]

    def act_view(self, request, pk, name):
        """POST runs the verb; GET shows the page of one that asks first."""
        if (act := ACTS.get(name)) is None:
            raise Http404
        if not can(request.user, act.permission):
            raise PermissionDenied
        collection = get_object_or_404(Collection, pk=pk)
        form = None
        if act.asks:
            hint = "Il s’affiche sur la page de la collecte, et chaque personne inscrite le reçoit."
            form = MessageForm(request.POST or None, label=act.asks, hint=hint)
        if request.method == "POST" and (form is None or form.is_valid()):
            return self.run(request, collection, name, form.cleaned_data["text"] if form else "")
        return self.ask(request, collection, act, form)

    def run(self, request, collection, name, text):
        how = {"by": request.user, "now": timezone.now()}
        try:
            if name == "annuler":
                collections.cancel(collection, message=text, **how)
            else:
                verb = collections.publish if name == "publier" else collections.close
                verb(collection, **how)
        except collections.CollectionError as error:
            return back_to(request, collection, error.message, level=messages.WARNING)
        wake_delivery()
        return back_to(request, collection, ACTS[name].done)

    def ask(self, request, collection, act, form):
        rows = []
        if act.asks:
            told = collections.people_told_by_cancelling(collection, now=timezone.now())
            rows = [told_sentence(told)]
        return page(
            self,
            request,
            "admin/ask.html",
            title=f"{act.label} : {collection.title}",
            intro=act.intro,
            rows=rows,
            form=form,
            errors=form.errors if form else None,
            button=act.label,
            is_danger=bool(act.asks),
            back=change_url(collection),
        )


class CollectionStateFilter(admin.SimpleListFilter):
    title = "état"
    parameter_name = "etat"

    def lookups(self, request, model_admin):
        return [*CollectionState.choices, ("a-clore", "À clore : le dernier jour est passé")]

    def queryset(self, request, queryset):
        if self.value() == "a-clore":
            return queryset.overdue(local_day(timezone.now()))
        return queryset.filter(state=self.value()) if self.value() else queryset


class HoursFormSet(BaseInlineFormSet):
    """Two lines that say the same hour twice are a mistake."""

    def clean(self):
        super().clean()
        rows = [form.cleaned_data for form in self.forms if form.cleaned_data and form.is_valid()]
        rows = [row for row in rows if not row.get("DELETE")]
        for rank, row in enumerate(rows):
            if any(overlap(row, other) for other in rows[:rank]):
                raise ValidationError("Deux horaires se recouvrent : gardez-en un seul.")


def overlap(one, other):
    days_meet = one["first_day"] <= other["last_day"] and other["first_day"] <= one["last_day"]
    return days_meet and one["opens_at"] < other["closes_at"] and other["opens_at"] < one["closes_at"]


class HoursInline(DeskInline):
    model = OpeningHours
    formset = HoursFormSet
    extra = 1
    fields = [("first_day", "last_day", "opens_at", "closes_at")]
    formfield_overrides = {models.TimeField: {"widget": HourInput}}


@admin.register(DropOffPoint)
class DropOffPointAdmin(DeskAdmin):
    """Where the hours of a point are written; points are added on the page of their collection."""

    change_form_template = "admin/missions/dropoffpoint/change_form.html"
    list_display = ["public_place", "collection", "quartier", "hours_in_words", "is_active"]
    list_filter = ["is_active", "quartier"]
    list_select_related = ["collection", "quartier"]
    fields = ["public_place", "quartier", ("is_accessible", "is_active")]
    inlines = [HoursInline]

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("hours")

    @admin.display(description="horaires")
    def hours_in_words(self, point):
        return " ; ".join(f"{days_} {spans}" for days_, spans in hour_lines(point.hours.all())) or "aucun"

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "quartier":
            field.widget.can_add_related = field.widget.can_change_related = False
        return field
