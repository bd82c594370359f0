"""Tallies in the desk: read, corrected by a counter-entry, exported without names."""

import uuid

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html

from missions import tallies
from missions.collection_forms import CorrectionForm
from missions.collection_pages import standing
from missions.exports import TallyResource
from missions.models import Tally
from vitre_civique.accounts.desk import ReadOnlyDeskAdmin, page
from vitre_civique.accounts.exports import ExportForm, download
from vitre_civique.accounts.permissions import can
from vitre_civique.lib.french import NBSP, moment

LIST = "admin:missions_tally_changelist"


class CorrectionsFilter(admin.SimpleListFilter):
    title = "corrections"
    parameter_name = "corrections"

    def lookups(self, request, model_admin):
        return [("oui", "Corrections seulement"), ("non", "Sans les corrections")]

    def queryset(self, request, queryset):
        if self.value() not in ("oui", "non"):
            return queryset
        return queryset.filter(corrects__isnull=self.value() == "non")


@admin.register(Tally)
class TallyAdmin(ReadOnlyDeskAdmin):
    change_list_template = "admin/missions/tally/change_list.html"
    list_display = ["at", "where", "kind", "number", "who", "words", "act"]
    list_display_links = None
    list_filter = ["point__collection", "kind", CorrectionsFilter]
    list_select_related = ["point__collection", "by", "corrects"]
    ordering = ["-at", "-id"]

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("corrections")

    @admin.display(description="où", ordering="point")
    def where(self, tally):
        return format_html(
            "{}<span class='desk-under'>{}</span>", tally.point.public_place, tally.point.collection.title
        )

    @admin.display(description="nombre", ordering="count")
    def number(self, tally):
        if tally.corrects_id:
            return f"{tally.count:+d}"
        now = standing(tally)
        return str(now) if now == tally.count else f"{tally.count} → {now}"

    @admin.display(description="par")
    def who(self, tally):
        return tally.by or "Personne effacée"

    @admin.display(description="mot ou motif")
    def words(self, tally):
        if not tally.corrects_id:
            return tally.note
        return f"Corrige {tally.corrects.count} du {moment(tally.corrects.at)}{NBSP}: {tally.reason}"

    @admin.display(description="corriger")
    def act(self, tally):
        if tally.corrects_id or tally.point.collection.state == "cancelled":
            return ""
        url = reverse("admin:missions_tally_correct", args=[tally.pk])
        hidden = f"le comptage de {tally.count} du {moment(tally.at)}"
        return format_html('<a href="{}">Corriger<span class="visually-hidden"> {}</span></a>', url, hidden)

    def changelist_view(self, request, extra_context=None):
        context = {"may_export": can(request.user, "collection.export"), **(extra_context or {})}
        return super().changelist_view(request, context)

    def get_list_display(self, request):
        may = can(request.user, "collection.correct")
        return self.list_display if may else [name for name in self.list_display if name != "act"]

    def get_urls(self):
        view = self.admin_site.admin_view
        own = [
            path("export/", view(self.export), name="missions_tally_export"),
            path("<int:pk>/corriger/", view(self.correct), name="missions_tally_correct"),
        ]
        return [*own, *super().get_urls()]

    def correct(self, request, pk):
        if not can(request.user, "collection.correct"):
            raise PermissionDenied
        rows = Tally.objects.select_related("point__collection", "by").filter(corrects__isnull=True)
        if (tally := rows.filter(pk=pk).first()) is None:
            raise Http404
        counted, now = tallies.counted(tally), timezone.now()
        form = CorrectionForm(request.POST or None, initial={"right_count": counted, "token": uuid.uuid4()})
        if request.method == "POST" and form.is_valid():
            try:
                tallies.correct(tally, **form.cleaned_data, by=request.user, now=now)
            except tallies.TallyError as refusal:
                form.add_error(None, refusal.message)
            else:
                self.message_user(request, "C’est corrigé. Le premier nombre reste, avec votre motif.")
                return redirect(f"{reverse(LIST)}?point__collection__id__exact={tally.point.collection_id}")
        who = tally.by or "une personne effacée"
        said = f"{tally.point.collection.amount(counted)} ({tally.get_kind_display().lower()})"
        return page(
            self,
            request,
            "admin/ask.html",
            title="Corriger un comptage",
            intro=f"{said}, {tally.point.public_place}, le {moment(tally.at)}, par {who}.",
            form=form,
            errors=form.errors,
            button="Corriger",
            back=reverse(LIST),
        )

    def export(self, request):
        """The tallies of the list, as filtered: no name, no free text."""
        if not can(request.user, "collection.export"):
            raise PermissionDenied
        form = ExportForm(request.POST or None)
        queryset = self.filtered(request).select_related("point__collection", "point__quartier")
        if request.method == "POST" and form.is_valid():
            dataset = TallyResource().export(queryset)
            return download(dataset, name="comptages", file_format=form.cleaned_data["file_format"])
        return page(
            self,
            request,
            "admin/export.html",
            title="Exporter les comptages",
            form=form,
            errors=form.errors,
            row_count=queryset.count(),
            words=("comptage", "comptages"),
            back=reverse(LIST),
        )
