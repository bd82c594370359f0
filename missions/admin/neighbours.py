"""Between neighbours, in the desk: answers heard on the phone, reports, suspensions."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone

from missions import introductions, suspensions
from missions.models import DisclosureLog, Introduction, IntroductionState, Side, Suspension, Thread
from missions.models.introduction import ENDED
from missions.neighbour_forms import ShareForm
from missions.permissions import can_see_details, neighbour_of
from vitre_civique.accounts.desk import DayInput, ObjectAction, ReadOnlyDeskAdmin, back_to, change_url
from vitre_civique.accounts.models import User
from vitre_civique.accounts.permissions import can
from vitre_civique.lib.french import span
from vitre_civique.notifications.outbox import wake_delivery

from .pages import badge, page


class PhoneShareForm(ShareForm):
    """What the neighbour says on the phone that the volunteer may see."""

    heard = forms.BooleanField(
        label="La personne me l’a dit elle-même",
        error_messages={"required": "Cochez seulement si la personne vous l’a dit elle-même."},
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["shares"].label = "Ce qu’elle accepte de montrer au volontaire"
        self.fields["shares"].help_text = "Relisez-lui la liste. Rien de coché : seulement le prénom."


@admin.register(Introduction)
class IntroductionAdmin(ReadOnlyDeskAdmin):
    change_form_template = "admin/missions/buttons_form.html"
    list_display = ["when", "mission", "people", "state_badge", "answered_by"]
    list_display_links = ["when"]
    list_filter = ["state"]
    search_fields = ["signup__slot__mission__title"]
    search_texts = ["signup__slot__mission__search_text", "signup__volunteer__user__search_text"]
    search_help_text = "Une mission ou le nom d’un volontaire, avec ou sans accents."
    ordering = ["-signup__starts_at", "-id"]
    actions = None
    fields = ["state", "created_at", "volunteer_agreed_at", "neighbour_agreed_at", "answered_by", "shared_at"]

    def get_queryset(self, request):
        mission = "signup__slot__mission"
        related = [f"{mission}__beneficiary", f"{mission}__proposed_by", "signup__volunteer__user"]
        return super().get_queryset(request).select_related(*related, "answered_by")

    @admin.display(description="quand", ordering="signup__starts_at")
    def when(self, row):
        return span(row.signup.slot.starts_at, row.signup.slot.ends_at)

    @admin.display(description="mission")
    def mission(self, row):
        return row.signup.slot.mission.title

    @admin.display(description="volontaire, voisin")
    def people(self, row):
        neighbour = neighbour_of(row.signup.slot.mission)
        return f"{row.signup.volunteer or 'Compte effacé'}, {neighbour or 'personne nommée'}"

    @admin.display(description="état", ordering="state")
    def state_badge(self, row):
        return badge(row)

    def get_urls(self):
        view = self.admin_site.admin_view
        own = [
            path("<int:pk>/reponse/", view(self.answer), name="missions_introduction_answer"),
            path("<int:pk>/dire/", view(self.tell), name="missions_introduction_tell"),
            path("<int:pk>/retirer/", view(self.revoke), name="missions_introduction_revoke"),
        ]
        return [*own, *super().get_urls()]

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):  # noqa: FBT002 (Django's own signature)
        context["title"], context["subtitle"] = "Mise en relation", ""
        context["summary"] = f"{self.people(obj)} : {self.mission(obj)}, {self.when(obj)}"
        context["buttons"] = self.buttons_for(request, obj)
        return super().render_change_form(request, context, add, change, form_url, obj)

    def buttons_for(self, request, row):
        if not can(request.user, "introduction.answer"):
            return []
        waits = row.state in (IntroductionState.PROPOSED, IntroductionState.ONE_AGREED)
        shows = can_see_details(Side.NEIGHBOUR, row, now=timezone.now())

        def button(name, label, **how):
            return ObjectAction(
                name, label, reverse(f"admin:missions_introduction_{name}", args=[row.pk]), **how
            )

        return [
            *([button("answer", "Noter l’accord du voisin", is_primary=True, asks=True)] if waits else []),
            *([button("tell", "Dire au voisin qui vient")] if shows else []),
            *([button("revoke", "Retirer la mise en relation")] if row.state not in ENDED else []),
        ]

    def row_or_404(self, request, pk):
        row = self.get_queryset(request).filter(pk=pk).first()
        if row is None:
            raise Http404
        if not can(request.user, "introduction.answer"):
            raise PermissionDenied
        return row

    def answer(self, request, pk):
        """The neighbour's yes, heard on the phone: who heard it is kept."""
        row = self.row_or_404(request, pk)
        data = request.POST if request.method == "POST" else None
        form = PhoneShareForm(data, side=Side.NEIGHBOUR, initial={"shares": row.neighbour_shares})
        if request.method == "POST" and form.is_valid():
            how = {"side": Side.NEIGHBOUR, "shares": form.cleaned_data["shares"], "by": request.user}
            try:
                introductions.agree(row, **how, answered_by=request.user, now=timezone.now())
            except introductions.IntroductionError as refusal:
                return back_to(request, row, refusal.message, level=messages.ERROR)
            wake_delivery()
            return back_to(request, row, "L’accord est noté, avec votre nom et l’heure.")
        known = {"form": form, "errors": form.errors if form.is_bound else None, "back": change_url(row)}
        intro = "« Un volontaire peut venir vous aider. Êtes-vous d’accord, et que peut-il voir ? »"
        title, subtitle = "Noter l’accord du voisin", str(neighbour_of(row.signup.slot.mission) or "")
        return page(
            self,
            request,
            "admin/ask.html",
            title=title,
            subtitle=subtitle,
            intro=intro,
            button="Noter",
            **known,
        )

    def tell(self, request, pk):
        """What the volunteer agreed to show, read aloud to the neighbour: in answer to a POST, logged."""
        row = self.row_or_404(request, pk)
        if request.method != "POST":
            return redirect(change_url(row))
        how = {"viewer": neighbour_of(row.signup.slot.mission), "told_by": request.user}
        try:
            shown = introductions.disclose(row, side=Side.NEIGHBOUR, **how, now=timezone.now())
        except introductions.IntroductionError as refusal:
            return back_to(request, row, refusal.message, level=messages.ERROR)
        rows = [f"{label} : {value}" for label, value in shown.items()]
        rows.insert(0, f"Prénom : {row.signup.volunteer.user.first_name}")
        rows.append(f"Code à la porte : {row.code}")
        context = {"title": "À dire au voisin", "rows": rows, "back": change_url(row)}
        return page(self, request, "admin/read_aloud.html", **context)

    def revoke(self, request, pk):
        row = self.row_or_404(request, pk)
        if request.method != "POST":
            return redirect(change_url(row))
        try:
            introductions.revoke(row, by=request.user, now=timezone.now())
        except introductions.IntroductionError as refusal:
            return back_to(request, row, refusal.message, level=messages.ERROR)
        wake_delivery()
        return back_to(request, row, "C’est retiré : les deux personnes sont prévenues.")


@admin.register(DisclosureLog)
class DisclosureLogAdmin(ReadOnlyDeskAdmin):
    list_display = ["at", "viewer", "how", "told_by", "introduction"]
    list_filter = ["how"]
    list_select_related = ["viewer", "told_by", "introduction"]
    date_hierarchy = "at"
    actions = None


@admin.register(Thread)
class ThreadAdmin(ReadOnlyDeskAdmin):
    """Reported ones only: the mairie does not read what neighbours write to each other."""

    change_form_template = "admin/missions/thread.html"
    list_display = ["reported_at", "mission", "reported_by", "handled_at"]
    list_filter = [("handled_at", admin.EmptyFieldListFilter)]
    ordering = ["-reported_at", "-id"]
    actions = None
    fields = ["reported_at", "reported_by", "report_reason", "handled_at"]

    def get_queryset(self, request):
        rows = super().get_queryset(request).filter(reported_at__isnull=False)
        return rows.select_related("introduction__signup__slot__mission", "reported_by")

    @admin.display(description="mission")
    def mission(self, thread):
        return thread.introduction.signup.slot.mission.title

    def get_urls(self):
        own = path(
            "<int:pk>/traite/", self.admin_site.admin_view(self.handled), name="missions_thread_handled"
        )
        return [own, *super().get_urls()]

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):  # noqa: FBT002 (Django's own signature)
        context["title"], context["subtitle"] = "Conversation signalée", ""
        context["said"] = obj.messages.select_related("author").order_by("sent_at", "id")
        return super().render_change_form(request, context, add, change, form_url, obj)

    def handled(self, request, pk):
        thread = self.get_queryset(request).filter(pk=pk).first()
        if thread is None or request.method != "POST":
            raise Http404
        if not can(request.user, "conversation.read_reported"):
            raise PermissionDenied
        Thread.objects.filter(pk=pk, handled_at__isnull=True).update(handled_at=timezone.now())
        return back_to(request, thread, "C’est noté : le signalement est traité.")


class SuspensionForm(forms.Form):
    reason = forms.CharField(
        label="Raison",
        help_text="La personne la lit telle quelle : des faits, sans jugement.",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4, "cols": 60}),
        error_messages={"required": "Dites pourquoi : la personne lira cette phrase."},
    )
    until_on = forms.DateField(
        label="Jusqu’au", help_text="Vide : jusqu’à ce que vous la leviez.", required=False, widget=DayInput
    )

    def clean_until_on(self):
        day = self.cleaned_data["until_on"]
        if day and day <= timezone.localdate():
            raise forms.ValidationError("Choisissez un jour à venir, ou laissez vide.")
        return day


@admin.register(Suspension)
class SuspensionAdmin(ReadOnlyDeskAdmin):
    change_form_template = "admin/missions/buttons_form.html"
    list_display = ["person", "from_at", "until_on", "appealed_at", "lifted_at", "by"]
    list_filter = [("lifted_at", admin.EmptyFieldListFilter)]
    list_select_related = ["person", "by"]
    ordering = ["-id"]
    actions = None
    fields = ["person", "reason", "from_at", "until_on", "by", "appeal", "appealed_at", "lifted_at"]

    def get_urls(self):
        view = self.admin_site.admin_view
        own = [
            path("personne/<int:pk>/", view(self.suspend), name="missions_suspension_suspend"),
            path("accord/<int:pk>/retirer/", view(self.end_agreement), name="missions_suspension_agreement"),
            path("<int:pk>/lever/", view(self.lift), name="missions_suspension_lift"),
        ]
        return [*own, *super().get_urls()]

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):  # noqa: FBT002 (Django's own signature)
        context["title"], context["subtitle"] = f"Suspension : {obj.person}", ""
        url = reverse("admin:missions_suspension_lift", args=[obj.pk])
        is_open = obj.lifted_at is None and can(request.user, "user.suspend")
        context["buttons"] = (
            [ObjectAction("lift", "Lever la suspension", url, is_primary=True)] if is_open else []
        )
        return super().render_change_form(request, context, add, change, form_url, obj)

    def suspend(self, request, pk):
        person = User.objects.filter(pk=pk, erased_at__isnull=True).first()
        if person is None:
            raise Http404
        if not can(request.user, "user.suspend"):
            raise PermissionDenied
        form = SuspensionForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            try:
                row = suspensions.suspend_person(
                    person, by=request.user, **form.cleaned_data, now=timezone.now()
                )
            except suspensions.SuspensionError as refusal:
                return back_to(request, person, refusal.message, level=messages.ERROR)
            wake_delivery()
            return back_to(request, row, "C’est fait : ses rendez-vous sont rendus et chacun est prévenu.")
        context = {"form": form, "errors": form.errors if form.is_bound else None, "back": change_url(person)}
        intro = "Ses rendez-vous à venir sont rendus, les autres prévenus, des remplaçants sollicités."
        title = "Suspendre la participation"
        context |= {"title": title, "subtitle": str(person), "intro": intro, "button": "Suspendre"}
        return page(self, request, "admin/ask.html", is_danger=True, **context)

    def end_agreement(self, request, pk):
        """A parent has said, or written, that they no longer agree."""
        minor = User.objects.filter(pk=pk, erased_at__isnull=True, birth_date__isnull=False).first()
        if minor is None:
            raise Http404
        if not can(request.user, "consent.record"):
            raise PermissionDenied
        if request.method == "POST":
            suspensions.take_agreement_back(minor, by=request.user, now=timezone.now())
            wake_delivery()
            return back_to(
                request, minor, "L’accord est retiré : ses rendez-vous sont rendus et chacun est prévenu."
            )
        intro = "Ses rendez-vous à venir sont rendus, les autres prévenus. Un nouvel accord reste possible."
        context = {"title": "Retirer l’accord d’un parent", "subtitle": str(minor), "intro": intro}
        context |= {"form": None, "errors": None, "back": change_url(minor), "button": "Retirer l’accord"}
        return page(self, request, "admin/ask.html", is_danger=True, **context)

    def lift(self, request, pk):
        row = self.get_queryset(request).filter(pk=pk).first()
        if row is None or request.method != "POST":
            raise Http404
        if not can(request.user, "user.suspend"):
            raise PermissionDenied
        suspensions.lift(row, now=timezone.now())
        return back_to(request, row, "La suspension est levée.")
