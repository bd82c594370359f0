"""The filters of the queue. Each keeps a French word in the URL."""

from django.contrib import admin
from django.utils import timezone

from quartiers import needs_queue
from quartiers.models import Family, NeedReport, NeedState
from quartiers.models.needs import OPEN_STATES
from vitre_civique.lib.months import local_day


class StateFilter(admin.SimpleListFilter):
    title = "état"
    parameter_name = "etat"

    def lookups(self, request, model_admin):
        states = [(state.value, state.label) for state in NeedState if state != NeedState.DRAFT]
        return [("ouvertes", "Encore ouvertes"), *states]

    def queryset(self, request, queryset):
        if self.value() == "ouvertes":
            return queryset.filter(state__in=OPEN_STATES)
        return queryset.filter(state=self.value()) if self.value() else queryset


class FamilyFilter(admin.SimpleListFilter):
    title = "famille"
    parameter_name = "famille"

    def lookups(self, request, model_admin):
        return Family.choices

    def queryset(self, request, queryset):
        return queryset.filter(category__family=self.value()) if self.value() else queryset


class LateFilter(admin.SimpleListFilter):
    title = "retard"
    parameter_name = "retard"

    def lookups(self, request, model_admin):
        return [("oui", "En retard"), ("trois-fois", "Trois fois le délai")]

    def queryset(self, request, queryset):
        today = local_day(timezone.now())
        if self.value() == "oui":
            return needs_queue.late(queryset, today)
        return needs_queue.very_late(queryset, today) if self.value() == "trois-fois" else queryset


class MineFilter(admin.SimpleListFilter):
    title = "suivi"
    parameter_name = "suivi"

    def lookups(self, request, model_admin):
        return [("moi", "Suivies par moi"), ("personne", "Suivies par personne")]

    def queryset(self, request, queryset):
        if self.value() == "moi":
            return queryset.filter(needs_queue.in_charge_of(request.user))
        if self.value() == "personne":
            return queryset.filter(assigned_to__isnull=True)
        return queryset


class MissionOverFilter(admin.SimpleListFilter):
    title = "mission"
    parameter_name = "mission"

    def lookups(self, request, model_admin):
        return [("terminee", "Mission terminée, à confirmer")]

    def queryset(self, request, queryset):
        if self.value() != "terminee":
            return queryset
        over = needs_queue.mission_is_over(NeedReport.objects.all())
        return queryset.filter(pk__in=over.order_by().values("pk"))
