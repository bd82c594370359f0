"""The queue of reports: the list and its addresses. One report: report_page.py, report_acts.py."""

import re

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import F
from django.urls import path
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.html import format_html

from quartiers import needs_queue
from quartiers.models import NeedReport
from vitre_civique.accounts.desk import ReadOnlyDeskAdmin, badge
from vitre_civique.lib.french import day
from vitre_civique.lib.months import local_day

from . import evaluation, report_acts, report_page
from .filters import FamilyFilter, LateFilter, MineFilter, MissionOverFilter, StateFilter

REFERENCE = re.compile(r"^\s*(?:rb[- ]?)?0*(\d{1,9})\s*$", re.I)
SOONEST_FIRST = [F("due_on").asc(nulls_last=True), "-id"]
LATE_WORDS = {needs_queue.LATE: "En retard", needs_queue.VERY_LATE: "Trois fois le délai"}
LISTED_AT_MOST = 1000


class FirstOnesPaginator(Paginator):
    """Counts no further than anybody turns pages: filters and search find the others."""

    @cached_property
    def count(self):
        return min(self.object_list[: LISTED_AT_MOST + 1].count(), LISTED_AT_MOST)

    @property
    def is_cut(self):
        return self.count == LISTED_AT_MOST


@admin.register(NeedReport)
class NeedReportAdmin(ReadOnlyDeskAdmin):
    change_list_template = "admin/quartiers/needreport/change_list.html"
    list_display = ["reference_and_category", "state_badge", "quartier", "due", "service", "follower"]
    list_filter = [
        StateFilter,
        FamilyFilter,
        LateFilter,
        MineFilter,
        MissionOverFilter,
        "quartier",
        "service",
    ]
    search_fields = ["street"]
    search_texts = ["search_text"]
    search_help_text = "Une référence (RB-000012), une rue ou un mot du résumé public, avec ou sans accents."
    actions = None
    paginator = FirstOnesPaginator

    def get_queryset(self, request):
        """Whoever waits longest first: the day due, then what has none."""
        return needs_queue.for_queue(request.user).order_by(*SOONEST_FIRST)

    def get_ordering(self, request):
        return SOONEST_FIRST

    def get_search_results(self, request, queryset, search_term):
        if found := REFERENCE.match(search_term):
            return queryset.filter(pk=int(found[1])), False
        return super().get_search_results(request, queryset, search_term)

    @admin.display(description="remontée", ordering="id")
    def reference_and_category(self, report):
        family = report.category.get_family_display() if report.category else ""
        return format_html(
            "{}<span class='desk-under'>{} · {}</span>", report.reference, family, report.category or "—"
        )

    @admin.display(description="état", ordering="state")
    def state_badge(self, report):
        return badge(report)

    @admin.display(description="à faire avant le", ordering="due_on")
    def due(self, report):
        if report.due_on is None:
            return "—"
        late = needs_queue.lateness(report, local_day(timezone.now()))
        if not late:
            return day(report.due_on)
        return format_html(
            "{}<span class='desk-late is-{}'>{}</span>", day(report.due_on), late, LATE_WORDS[late]
        )

    @admin.display(description="suivie par", ordering="assigned_to__last_name")
    def follower(self, report):
        return report.assigned_to or "personne"

    def get_urls(self):
        view = self.admin_site.admin_view
        pages = {
            "faire/<slug:name>/": ("act", report_acts.act),
            "note/": ("note", report_acts.note),
            "suivi/": ("assign", report_acts.assign),
            "categorie/": ("category", report_acts.category),
            "resume/": ("public_words", report_acts.public_words),
            "auteur/": ("author", report_acts.author),
            "service/": ("send_to_service", report_acts.send_to_service),
            "photos/<int:photo>/": ("photo", report_acts.photo),
            "photos/<int:photo>/image/": ("photo_file", report_acts.photo_file),
            "photos/<int:photo>/masquer/": ("blur", report_acts.blur),
        }
        own = [
            path(f"<int:pk>/{route}", view(self.bound(run)), name=f"quartiers_needreport_{name}")
            for route, (name, run) in pages.items()
        ]
        figures = [
            path("evaluation/", view(self.bound(evaluation.page_of)), name="quartiers_needreport_evaluation"),
            path(
                "evaluation/export/", view(self.bound(evaluation.export)), name="quartiers_needreport_export"
            ),
        ]
        return [*figures, *own, *super().get_urls()]

    def bound(self, run):
        """A view of this page: `run(modeladmin, request, …)`."""

        def view(request, **kwargs):
            return run(self, request, **kwargs)

        return view

    def change_view(self, request, object_id, form_url="", extra_context=None):
        return report_page.show(self, request, object_id)

    def history_view(self, request, object_id, extra_context=None):
        return report_page.show(self, request, object_id)
