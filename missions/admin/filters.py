"""The filters of the desk's mission lists. Each keeps a French word in the URL."""

from datetime import timedelta

from django.contrib import admin
from django.utils import timezone

from missions import desk
from missions.models import MissionState, Signup, SignupState, Slot
from missions.models.signup import OUTCOMES
from vitre_civique.lib.french import month as month_words
from vitre_civique.lib.months import (
    add_months,
    day_bounds,
    local_day,
    month_bounds,
    month_of,
    parse_month,
    week_bounds,
)


class StateFilter(admin.SimpleListFilter):
    title = "état"
    parameter_name = "etat"

    def lookups(self, request, model_admin):
        return MissionState.choices

    def queryset(self, request, queryset):
        return queryset.filter(state=self.value()) if self.value() else queryset


class MonthFilter(admin.SimpleListFilter):
    """The month in which something takes place. `path` leads to the start of a slot."""

    title = "mois"
    parameter_name = "mois"

    def lookups(self, request, model_admin):
        this_month = month_of(local_day(timezone.now()))
        months = [add_months(this_month, n) for n in range(2, -7, -1)]
        return [(f"{month:%Y-%m}", month_words(month)) for month in months]

    def queryset(self, request, queryset):
        try:
            start, end = month_bounds(parse_month(self.value() or ""))
        except ValueError:
            return queryset
        return self.within(queryset, start, end)

    def within(self, queryset, start, end):
        return queryset.filter(starts_at__gte=start, starts_at__lt=end)


class MissionMonthFilter(MonthFilter):
    def within(self, queryset, start, end):
        slots = Slot.objects.filter(starts_at__gte=start, starts_at__lt=end, cancelled_at__isnull=True)
        return queryset.filter(pk__in=slots.order_by().values("mission"))


class WithoutVolunteerFilter(admin.SimpleListFilter):
    title = "volontaires"
    parameter_name = "vide"

    def lookups(self, request, model_admin):
        return [("oui", "Un créneau sans volontaire")]

    def queryset(self, request, queryset):
        if self.value() != "oui":
            return queryset
        return desk.missions_without_volunteer(queryset, timezone.now())


class SlotWhenFilter(admin.SimpleListFilter):
    title = "quand"
    parameter_name = "quand"

    def lookups(self, request, model_admin):
        return [
            ("aujourdhui", "Aujourd’hui"),
            ("demain", "Demain"),
            ("semaine", "Après-demain à dimanche"),
            ("a-venir", "À venir"),
            ("passes", "Passés"),
        ]

    def queryset(self, request, queryset):
        now = timezone.now()
        today, tomorrow = day_bounds(local_day(now)), day_bounds(local_day(now) + timedelta(days=1))
        week_end = max(week_bounds(local_day(now))[1], tomorrow[1])
        bounds = {"aujourdhui": today, "demain": tomorrow, "semaine": (tomorrow[1], week_end)}.get(
            self.value()
        )
        if bounds:
            return queryset.filter(starts_at__gte=bounds[0], starts_at__lt=bounds[1])
        if self.value() == "passes":
            return queryset.filter(ends_at__lte=now)
        return queryset.filter(starts_at__gt=now) if self.value() == "a-venir" else queryset


class EmptySlotFilter(admin.SimpleListFilter):
    title = "volontaires"
    parameter_name = "vide"

    def lookups(self, request, model_admin):
        return [("oui", "Personne encore")]

    def queryset(self, request, queryset):
        if self.value() != "oui":
            return queryset
        now = timezone.now()
        empty = desk.empty_slots(now, now, now + timedelta(days=3650))
        return queryset.filter(pk__in=empty.order_by().values("pk"))


class SignupFilter(admin.SimpleListFilter):
    """The agent's own questions, as asked by the start page."""

    title = "à faire"
    parameter_name = "quoi"

    def lookups(self, request, model_admin):
        return [
            ("a-confirmer", "À confirmer"),
            ("a-noter", "Présence à noter"),
            ("desistement", "Désistement de dernière minute"),
            ("attente", "Liste d’attente"),
            ("faites", "Ce qui a eu lieu"),
        ]

    def queryset(self, request, queryset):
        now = timezone.now()
        chosen = {
            "a-confirmer": Signup.objects.filter(state=SignupState.PENDING, expires_at__gt=now),
            "a-noter": desk.outcomes_to_record(now),
            "desistement": desk.late_withdrawals(now),
            "attente": Signup.objects.filter(state__in=[SignupState.WAITING, SignupState.OFFERED]),
            "faites": Signup.objects.filter(state__in=OUTCOMES),
        }.get(self.value())
        return queryset if chosen is None else queryset.filter(pk__in=chosen.order_by().values("pk"))
