"""The desk of the mairie: Django's admin under the town's name, opened by the site's own sign-in only."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.contrib.admin import AdminSite
from django.contrib.admin.templatetags import admin_list
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import resolve, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString
from django.views.decorators.cache import never_cache

from missions.collection_pages import running_lines
from missions.desk import to_do
from missions.statistics import recent_month_figures, shown
from quartiers.to_do import needs_to_do
from vitre_civique.accounts.desk import DeskRights
from vitre_civique.accounts.permissions import can
from vitre_civique.lib.months import local_day, month_of
from vitre_civique.notifications.freezes import freeze_of
from vitre_civique.problems.to_do import problems_to_do

# Passwords are allauth's: Django's own pages would step round the second factor.
CLOSED_PAGES = {"password_change", "password_change_done"}


def french_boolean_icon(value, _icon=admin_list._boolean_icon):
    """Django's icon says « True » to a screen reader, in every language."""
    word = {True: "oui", False: "non", None: "on ne sait pas"}[value]
    return SafeString(_icon(value).replace(f'alt="{value}"', f'alt="{word}"'))


admin_list._boolean_icon = french_boolean_icon


@dataclass(frozen=True)
class Group:
    title: str
    models: tuple


MENU = (
    Group(
        "Missions",
        (
            *("Mission", "Slot", "Signup", "Invitation", "Collection", "HelpOffer", "Introduction", "Thread"),
            *("Thanks", "Gesture", "Association"),
        ),
    ),
    Group(
        "Personnes", ("Volunteer", "User", "GuardianConsent", "Group", "Mandate", "HourEntry", "Suspension")
    ),
    Group("Remontées", ("NeedReport", "StandardAnswer", "Routing", "Category", "ServiceInCharge")),
    Group("Quartiers", ("Story", "Referral", "ReportImport", "Open311Key")),
    Group(
        "La ville",
        (
            "Quartier",
            "Prerequisite",
            "Notification",
            "EditorialFreeze",
            "Problem",
            "PreparedFile",
            "ExportLog",
            "DisclosureLog",
        ),
    ),
)


# Where a list begins that holds more past than future.
FIRST_SEEN = {"Slot": "?quand=a-venir"}


class TownAdminSite(AdminSite):
    site_header = "Bureau de la mairie"
    site_title = "Bureau de la mairie"
    index_title = "À faire aujourd’hui"
    index_template = "admin/start.html"
    enable_nav_sidebar = False

    def register(self, model_or_iterable, admin_class=None, **options):
        """Closed by default: only pages that read the permission matrix, none that a library brings along."""
        if admin_class is not None and issubclass(admin_class, DeskRights):
            super().register(model_or_iterable, admin_class, **options)

    def has_permission(self, request):
        return request.user.is_active and can(request.user, "desk.view")

    @method_decorator(never_cache)
    @method_decorator(login_not_required)
    def login(self, request, extra_context=None):
        """Never a form: leads to the site's sign-in, which asks for the second factor."""
        wanted = request.GET.get("next", "")
        is_ours = url_has_allowed_host_and_scheme(
            wanted, {request.get_host()}, require_https=request.is_secure()
        )
        target = wanted if is_ours else reverse("admin:index")
        if not request.user.is_authenticated:
            return redirect_to_login(target)
        if not self.has_permission(request):
            raise PermissionDenied
        return HttpResponseRedirect(target)

    def logout(self, request, extra_context=None):
        """Signing out is the site's own page, by POST (it also clears what the browser kept)."""
        return redirect("account_logout")

    def get_urls(self):
        return [url for url in super().get_urls() if getattr(url, "name", None) not in CLOSED_PAGES]

    def each_context(self, request):
        context = super().each_context(request)
        context["desk_menu"] = desk_menu(context["available_apps"], request.path)
        context["site_url"] = "/"
        return context

    def day_of(self, request, now):
        """Every line of what needs doing, from each app, whose list this person may open."""
        lines = pressing_first(needs_to_do(request.user, now), to_do(now), problems_to_do(request.user, now))
        closed = {
            f"{model._meta.app_label}_{model._meta.model_name}"
            for model, desk in self._registry.items()
            if not desk.has_view_or_change_permission(request)
        }
        return [line for line in lines if model_of(line.url) not in closed]

    def index(self, request, extra_context=None):
        """What needs doing, for those who act; the figures of the month, for all."""
        now = timezone.now()
        sees_names = can(request.user, "signup.see_names")
        month = month_of(local_day(now))
        context = {
            **self.each_context(request),
            "title": self.index_title if sees_names else "Les chiffres du mois",
            "sees_to_do": sees_names,
            "collections": running_lines(local_day(now)) if can(request.user, "figures.view") else [],
            "to_do": self.day_of(request, now) if sees_names else [],
            "can_post": can(request.user, "mission.edit"),
            "can_register": can(request.user, "volunteer.register"),
            "freeze": freeze_of(now) if sees_names else None,
            "month": month,
            "figures": shown(recent_month_figures(month, now=now), hides_small=not sees_names)
            if can(request.user, "figures.view")
            else [],
            **(extra_context or {}),
        }
        request.current_app = self.name
        return TemplateResponse(request, self.index_template, context)


def model_of(url):
    """« missions_slot » for the address of the list of slots; "" for any other page."""
    name = resolve(urlsplit(url).path).url_name
    return name.removesuffix("_changelist") if name.endswith("_changelist") else ""


def pressing_first(*parts):
    """The lines of all parts: what presses above what waits, each in its own order."""
    lines = [line for part in parts for line in part]
    return sorted(lines, key=lambda line: not line.is_pressing)


def desk_menu(available_apps, path):
    """The lists this person may open, in the town's order: [(title, [{name, url, current}])]."""
    models = {model["object_name"]: model for app in available_apps for model in app["models"]}
    menu = []
    for group in MENU:
        entries = [
            {
                "name": models[name]["name"],
                "url": models[name]["admin_url"] + FIRST_SEEN.get(name, ""),
                "current": path.startswith(models[name]["admin_url"]),
            }
            for name in group.models
            if name in models
        ]
        if entries:
            menu.append({"title": group.title, "entries": entries})
    return menu
