"""What happened to a row, newest first, read from django-simple-history and from the trace of states."""

from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.template.response import TemplateResponse
from django.utils.timezone import localtime

from .desk import DeskAdmin, change_url

CHANGED, DELETED = "~", "-"
UNSAID = ["state", "published_at"]  # told by the trace of states, with who and why


@dataclass(frozen=True)
class Event:
    at: datetime
    who: str
    what: str
    details: tuple = ()


class VersionedAdmin(DeskAdmin):
    """A page whose row keeps its versions: « Historique » shows who changed what."""

    def history_view(self, request, object_id, extra_context=None):
        obj = self.get_object(request, object_id)
        if obj is None:
            raise Http404
        if not self.has_view_permission(request, obj):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Ce qui s’est passé",
            "subtitle": str(obj),
            "events": newest_first(self.events_of(obj)),
            "back": change_url(obj),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/versions.html", context)

    def events_of(self, obj):
        return versions(records_of(obj), "la fiche")


def newest_first(events):
    return sorted(events, key=lambda event: event.at, reverse=True)


def records_of(row):
    """The versions of a row, oldest first."""
    return list(row.history.select_related("history_user").order_by("history_date", "history_id"))


def state_events(row, *, unnamed=None):
    """The Events written by the one door through which states change; `unnamed`: (key of a person, words)."""
    key, words = unnamed or (None, "")
    labels = dict(row._meta.get_field("state").choices)
    return [
        Event(
            change.at,
            words if key and change.by_id == key else name_of(change.by),
            " → ".join(labels.get(state, state) for state in (change.from_state, change.to_state) if state),
            (f"« {change.reason} »",) if change.reason else (),
        )
        for change in row.state_changes.select_related("by")
    ]


def versions(records, words):
    """Events from the versions of one row, oldest first; `words` says what it is (« le créneau »)."""
    events = []
    for previous, record in zip([None, *records], records, strict=False):
        who, details = name_of(record.history_user), ()
        if record.history_type == CHANGED and previous is not None:
            verb, details = "A modifié", tuple(differences(previous, record))
            if not details:
                continue
        else:
            verb = "A retiré" if record.history_type == DELETED else "A créé"
        events.append(Event(record.history_date, who, f"{verb} {words}", details))
    return events


def differences(previous, record):
    kept = [field for field in UNSAID if field in record.history_object._meta._forward_fields_map]
    for change in record.diff_against(previous, excluded_fields=kept, foreign_keys_are_objs=True).changes:
        label = record._meta.get_field(change.field).verbose_name
        yield f"{label} : « {shortened(change.old)} » → « {shortened(change.new)} »"


def shortened(value):
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, datetime):
        return f"{localtime(value):%d/%m/%Y %H:%M}"
    text = "" if value is None else str(value)
    return text if len(text) <= 120 else text[:119] + "…"


def name_of(user):
    return str(user) if user else "Le site"
