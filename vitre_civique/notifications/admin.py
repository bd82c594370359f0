"""The outbox in the desk: read, tried again, said on the phone. Sending is delivery.py."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.timesince import timesince

from vitre_civique.accounts.desk import DeskAdmin, ReadOnlyDeskAdmin, back_to, page
from vitre_civique.accounts.models import Channel
from vitre_civique.accounts.permissions import can
from vitre_civique.lib.french import count
from vitre_civique.lib.months import local_day
from vitre_civique.lib.search import plain

from . import calls, kinds
from .models import EditorialFreeze, Notification, NotificationState
from .outbox import wake_delivery

LETTERS_AT_ONCE = 50
NOT_DELIVERED = [NotificationState.SET_ASIDE, NotificationState.REFUSED]


class NotificationFilter(admin.SimpleListFilter):
    title = "état"
    parameter_name = "etat"

    def lookups(self, request, model_admin):
        return [
            ("a-appeler", "Sans e-mail, à prévenir"),
            ("de-cote", "Non remis"),
            *NotificationState.choices,
        ]

    def queryset(self, request, queryset):
        if self.value() == "a-appeler":
            now = timezone.now()
            return queryset.filter(
                Q(expires_at__isnull=True) | Q(expires_at__gt=now),
                state=NotificationState.QUEUED,
                channel__in=["phone", "post"],
                due_at__lte=now,
            )
        if self.value() == "de-cote":
            return queryset.filter(state__in=NOT_DELIVERED)
        return queryset.filter(state=self.value()) if self.value() else queryset


class KindFilter(admin.SimpleListFilter):
    """By the words of each kind; the kinds that exist are known without reading the outbox."""

    title = "message"
    parameter_name = "genre"

    def lookups(self, request, model_admin):
        return sorted(((kind.name, kind.label) for kind in kinds.every()), key=lambda pair: plain(pair[1]))

    def queryset(self, request, queryset):
        return queryset.filter(kind=self.value()) if self.value() else queryset


def retry(notifications, *, now):
    """Queue again what was not delivered; how many. A row somebody else queued first is left alone."""
    return notifications.filter(state__in=NOT_DELIVERED).update(
        state=NotificationState.QUEUED,
        due_at=now,
        attempts=0,
        last_error="",
        lease_token=None,
        lease_until=None,
    )


@admin.action(description="Essayer de nouveau")
def retry_selected(modeladmin, request, queryset):
    if not can(request.user, "notification.retry"):
        raise PermissionDenied
    number = retry(Notification.objects.filter(pk__in=queryset.values("pk")), now=timezone.now())
    wake_delivery()
    sentence = count(number, "message remis en attente", "messages remis en attente")
    messages.success(
        request, f"{sentence} : il partira au prochain passage." if number == 1 else f"{sentence}."
    )


@admin.register(Notification)
class NotificationAdmin(ReadOnlyDeskAdmin):
    change_form_template = "admin/notifications/notification/change_form.html"
    change_list_template = "admin/notifications/notification/change_list.html"
    list_display = ["kind_label", "recipient", "channel", "state", "age", "attempts"]
    list_filter = [NotificationFilter, "channel", KindFilter]
    list_select_related = ["recipient"]
    search_fields = ["kind"]
    search_texts = ["recipient__search_text"]
    actions = [retry_selected]
    fields = [
        "kind_label",
        "recipient",
        "channel",
        "state",
        "created_at",
        "due_at",
        "expires_at",
        "sent_at",
        "attempts",
        "last_error",
    ]

    def get_actions(self, request):
        return super().get_actions(request) if can(request.user, "notification.retry") else {}

    @admin.display(description="message", ordering="kind")
    def kind_label(self, notification):
        try:
            return kinds.kind_of(notification).label
        except kinds.UnknownKind:
            return notification.kind

    @admin.display(description="depuis", ordering="created_at")
    def age(self, notification):
        return timesince(notification.created_at, depth=1)

    def get_urls(self):
        own = path(
            "<int:pk>/faire/<slug:name>/",
            self.admin_site.admin_view(self.act),
            name="notifications_notification_act",
        )
        letters = path(
            "courriers/", self.admin_site.admin_view(self.letters), name="notifications_notification_letters"
        )
        return [own, letters, *super().get_urls()]

    def letters(self, request):
        """The letters due, one a sheet, to print and post; then one POST says which have left."""
        if not can(request.user, "notification.view"):
            raise PermissionDenied
        now = timezone.now()
        due = calls.call_list(now, channel=Channel.POST)
        if request.method == "POST":
            posted = due.filter(pk__in=[pk for pk in request.POST.getlist("row") if pk.isdecimal()])
            number = sum(calls.mark_told(row, now=now) for row in posted)
            messages.success(request, f"{count(number, 'courrier noté parti', 'courriers notés partis')}.")
            return redirect("admin:notifications_notification_letters")
        rows = [(row, calls.words(row, now=now)) for row in due[:LETTERS_AT_ONCE]]
        return page(
            self,
            request,
            "admin/notifications/letters.html",
            title="Courriers à poster",
            rows=[(row, words) for row, words in rows if words],
            today=local_day(now),
            back=reverse("admin:notifications_notification_changelist"),
        )

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):  # noqa: FBT002 (Django's own signature)
        is_call = obj.state == NotificationState.QUEUED and obj.channel != "email"
        context["title"], context["subtitle"] = self.kind_label(obj), ""
        context["may_retry"] = can(request.user, "notification.retry") and obj.state in NOT_DELIVERED
        context["may_tell"] = is_call
        context["words"] = calls.words(obj, now=timezone.now()) if is_call else None
        return super().render_change_form(request, context, add, change, form_url, obj)

    def act(self, request, pk, name):
        notification = Notification.objects.filter(pk=pk).first()
        if notification is None or name not in ("essayer", "dit", "inutile"):
            raise Http404
        if not can(request.user, "notification.retry" if name == "essayer" else "notification.view"):
            raise PermissionDenied
        if request.method != "POST":
            return redirect("admin:notifications_notification_change", pk)
        now = timezone.now()
        done = {
            "essayer": lambda: retry(Notification.objects.filter(pk=pk), now=now),
            "dit": lambda: calls.mark_told(notification, now=now),
            "inutile": lambda: calls.mark_useless(notification),
        }[name]()
        wake_delivery()
        if not done:
            return back_to(request, notification, "Quelqu’un s’en est déjà occupé.", level=messages.WARNING)
        if name == "essayer":
            return back_to(request, notification, "Le message est remis en attente.")
        messages.success(request, "C’est noté.")
        return redirect(f"{reverse('admin:notifications_notification_changelist')}?etat=a-appeler")


@admin.register(EditorialFreeze)
class EditorialFreezeAdmin(DeskAdmin):
    """The dated switch: nothing editorial leaves on these days."""

    add_label = "Ajouter une réserve"
    list_display = ["reason", "from_on", "until_on", "made_by"]
    list_select_related = ["made_by"]
    fields = ["reason", ("from_on", "until_on")]
    actions = None

    def save_model(self, request, obj, form, change):
        if not change:
            obj.made_by = request.user
        super().save_model(request, obj, form, change)
