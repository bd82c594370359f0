"""What every page of the desk shares: rights read from the matrix, native date inputs, traces without names.

The pages themselves stand in each app's admin.py.
"""

from dataclasses import dataclass

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.contenttypes.models import ContentType
from django.core.paginator import Paginator
from django.db import connection, models
from django.http import Http404
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import gettext as django

from vitre_civique.lib.search import plain

from .permissions import MATRIX
from .roles import has_role


def may_in_desk(user, label, verb):
    """Whether a role of `user` may « view », « add », « change », « delete » rows of « missions.mission »."""
    roles = {role for role, rights in MATRIX["desk"].items() if verb in rights.get(label, ())}
    return has_role(user, roles)


class DayInput(forms.DateInput):
    """The browser's own calendar: it is accessible, knows French, and needs no script of ours."""

    input_type = "date"

    def __init__(self, attrs=None):
        super().__init__(attrs, format="%Y-%m-%d")


class HourInput(forms.TimeInput):
    input_type = "time"

    def __init__(self, attrs=None):
        super().__init__(attrs, format="%H:%M")


class DayAndHourInput(forms.SplitDateTimeWidget):
    """A day and an hour, each under its own visible label."""

    template_name = "widgets/day_and_hour.html"
    use_fieldset = True

    def __init__(self, attrs=None):
        forms.MultiWidget.__init__(self, [DayInput(), HourInput()], attrs)

    def get_context(self, name, value, attrs):
        context = super().get_context(name, value, attrs)
        for subwidget, label in zip(context["widget"]["subwidgets"], ("Jour", "Heure"), strict=True):
            subwidget["label"] = label
        return context


class DayAndHourField(forms.SplitDateTimeField):
    widget = DayAndHourInput
    default_error_messages = {
        "invalid_date": "Ce jour n’existe pas : choisissez-le dans le calendrier, par exemple 26/11/2026.",
        "invalid_time": "Cette heure n’existe pas : écrivez-la ainsi, 14:30.",
        "required": "Indiquez un jour et une heure.",
    }


class DeskRights:
    """has_*_permission of a ModelAdmin or an inline, read from `permission_matrix.toml` alone."""

    def may(self, request, verb):
        return may_in_desk(request.user, self.opts.label_lower, verb)

    def has_view_permission(self, request, obj=None):
        return self.may(request, "view")

    def has_add_permission(self, request, obj=None):
        return self.may(request, "add")

    def has_change_permission(self, request, obj=None):
        return self.may(request, "change")

    def has_delete_permission(self, request, obj=None):
        return self.may(request, "delete")

    def has_module_permission(self, request):
        return self.may(request, "view")


class DeskPaginator(Paginator):
    """Counts what is filtered; how long a whole list is, PostgreSQL keeps in mind, near enough if long."""

    COUNT = """
        SELECT CASE WHEN reltuples > 20000 THEN reltuples::bigint ELSE (SELECT count(*) FROM {table}) END
        FROM pg_class WHERE oid = '{table}'::regclass
    """

    @cached_property
    def count(self):
        query = self.object_list.query
        if query.where or query.distinct:
            return super().count
        with connection.cursor() as cursor:
            cursor.execute(self.COUNT.format(table=query.model._meta.db_table))
            return cursor.fetchone()[0]


class DeskAdmin(DeskRights, admin.ModelAdmin):
    """A page of the desk. `search_texts` are the generated columns, without accents, that a search reads."""

    search_texts = ()
    add_label = ""  # of the button that begins a new one
    save_on_top = False
    view_on_site = False
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # one count for each choice of each filter
    list_per_page = 50
    paginator = DeskPaginator
    list_max_show_all = 200
    actions_on_top = True
    actions_selection_counter = True
    formfield_overrides = {
        models.DateTimeField: {"form_class": DayAndHourField, "widget": DayAndHourInput},
        models.DateField: {"widget": DayInput},
    }

    def changelist_view(self, request, extra_context=None):
        """Titled by what it lists, not « Sélectionnez l’objet … à afficher »."""
        title = capfirst(self.opts.verbose_name_plural)
        known = {"title": title, "add_label": self.add_label}
        return super().changelist_view(request, {**known, **(extra_context or {})})

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):  # noqa: FBT002
        """Titled by what it shows, not « Modification de … » or « Voir … »."""
        title, name = context.get("title"), self.opts.verbose_name
        if obj is not None and title in {django("Change %s") % name, django("View %s") % name}:
            context |= {"title": capfirst(str(obj)), "subtitle": None}
        elif obj is None and self.add_label and title == django("Add %s") % name:
            context["title"] = self.add_label
        return super().render_change_form(request, context, add, change, form_url, obj)

    def get_actions(self, request):
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)  # what leaves traces is cancelled, refused or erased by its verb
        return actions

    def get_search_results(self, request, queryset, search_term):
        """Every word must be found, whatever its accents and capitals."""
        if not self.search_texts:
            return super().get_search_results(request, queryset, search_term)
        for word in plain(search_term).split():
            found = models.Q()
            for column in self.search_texts:
                found |= models.Q(**{f"{column}__contains": word})
            queryset = queryset.filter(found)
        return queryset, False

    def filtered(self, request):
        """The rows of the list as this address filters them, for an export; 404 on an unknown filter."""
        try:
            return self.get_changelist_instance(request).get_queryset(request)
        except IncorrectLookupParameters:
            raise Http404 from None

    # Django would copy the object's words (a person's name) into its log, where no erasure looks.
    def log_addition(self, request, obj, message):
        return self._log(request, obj, message, ADDITION)

    def log_change(self, request, obj, message):
        return self._log(request, obj, message, CHANGE)

    def _log(self, request, obj, message, flag):
        return LogEntry.objects.create(
            user_id=request.user.pk,
            content_type=ContentType.objects.get_for_model(obj, for_concrete_model=False),
            object_id=obj.pk,
            object_repr=f"{obj._meta.verbose_name} {obj.pk}"[:200],
            action_flag=flag,
            change_message=message,
        )


class ReadOnlyDeskAdmin(DeskAdmin):
    """Read, never typed over: rows written by verbs."""

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


@dataclass(frozen=True)
class ObjectAction:
    """A button on an object's page: a POST, never a link that acts."""

    name: str
    label: str
    url: str
    is_primary: bool = False
    is_danger: bool = False
    # It asks something first: the button leads to a page (GET) instead of acting.
    asks: bool = False


@dataclass(frozen=True)
class ToDo:
    """One line of the start page: « 3 demandes à valider », and the list that shows exactly those."""

    number: int
    sentence: str
    url: str
    icon: str
    is_pressing: bool = False


def badge(row):
    """The state of a row as a word, an icon and a colour."""
    return render_to_string("admin/_state.html", {"state": row.state, "label": row.get_state_display()})


def page(modeladmin, request, template, **context):
    """A page of the desk beside the lists and forms of Django's admin."""
    request.current_app = modeladmin.admin_site.name
    common = {**modeladmin.admin_site.each_context(request), "opts": modeladmin.opts}
    return TemplateResponse(request, template, {**common, **context})


def change_url(obj):
    """The page of `obj` in the desk."""
    return reverse(f"admin:{obj._meta.app_label}_{obj._meta.model_name}_change", args=[obj.pk])


def back_to(request, obj, sentence, *, level=messages.SUCCESS):
    messages.add_message(request, level, sentence)
    return redirect(change_url(obj))
