"""A slot repeated, changed, cancelled: alone, or with those of its series that follow. Verbs: series.py."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.urls import reverse
from django.utils import timezone

from missions import series
from missions.models import Every, Series
from missions.planning import PlanningError
from missions.recurrence import bounds, in_words
from vitre_civique.accounts.desk import DayInput, HourInput, change_url, page
from vitre_civique.accounts.permissions import can
from vitre_civique.lib import french
from vitre_civique.lib.months import PARIS, local_day
from vitre_civique.notifications.outbox import wake_delivery

from .pages import redirect

ONE, FOLLOWING = "celui-ci", "suivants"
SCOPES = [(ONE, "Ce créneau seulement"), (FOLLOWING, "Celui-ci et les suivants")]
DAY = {"invalid": "Ce jour n’existe pas : choisissez-le dans le calendrier, par exemple 26/11/2026."}
HOUR = {"invalid": "Cette heure n’existe pas : écrivez-la ainsi, 14:30.", "required": "Indiquez une heure."}


def whole(label, most, **options):
    messages_of = {
        "invalid": "Écrivez un nombre en chiffres.",
        "min_value": f"Entre 1 et {most}.",
        "max_value": f"Entre 1 et {most}.",
        "required": "Indiquez un nombre.",
    }
    return forms.IntegerField(label=label, min_value=1, max_value=most, error_messages=messages_of, **options)


class SeenForm(forms.Form):
    """`seen`: the print of the slots this page showed."""

    seen = forms.CharField(widget=forms.HiddenInput)


class RepeatForm(SeenForm):
    every = forms.ChoiceField(
        label="À quel rythme", choices=Every, widget=forms.RadioSelect, initial=Every.WEEK
    )
    until_on = forms.DateField(label="Jusqu’au", required=False, widget=DayInput, error_messages=DAY)
    times = whole("Ou tant de fois en tout, celui-ci compris", 60, required=False)
    skips_holidays = forms.BooleanField(label="Pas les jours fériés", required=False, initial=True)

    def rule(self):
        return {name: self.cleaned_data[name] for name in ("every", "until_on", "times", "skips_holidays")}


class ChangeForm(SeenForm):
    scope = forms.ChoiceField(label="Que changer", choices=SCOPES, widget=forms.RadioSelect, initial=ONE)
    day = forms.DateField(
        label="Jour",
        help_text="Pour ce créneau seulement : les suivants gardent chacun leur jour.",
        widget=DayInput,
        error_messages={**DAY, "required": "Indiquez un jour."},
    )
    hour = forms.TimeField(label="Heure de début", widget=HourInput, error_messages=HOUR)
    minutes = whole("Durée en minutes", 2880)
    places = whole("Places", 500)


class CancelForm(SeenForm):
    scope = forms.ChoiceField(label="Qu’annuler", choices=SCOPES, widget=forms.RadioSelect, initial=ONE)
    message = forms.CharField(
        label="Message aux personnes inscrites",
        help_text="Chacune le reçoit tel quel, une fois par inscription.",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4, "cols": 60}),
        error_messages={"required": "Écrivez cette phrase : les personnes concernées la recevront."},
    )


class ProlongForm(SeenForm):
    until_on = forms.DateField(
        label="Jusqu’au", widget=DayInput, error_messages={**DAY, "required": "Indiquez un jour."}
    )


def ask(slot_admin, request, slot, form, *, title, button, intro="", rows=(), is_danger=False):
    return page(
        slot_admin,
        request,
        "admin/ask.html",
        title=title,
        subtitle=f"{slot.mission.title}, {french.span(slot.starts_at, slot.ends_at)}",
        intro=intro,
        rows=rows,
        form=form,
        errors=form.errors if form.is_bound else None,
        button=button,
        is_danger=is_danger,
        back=reverse("admin:missions_slot_sheet", args=[slot.pk]),
    )


def slot_to_come(slot_admin, request, pk, permission):
    if not can(request.user, permission):
        raise PermissionDenied
    slot = slot_admin.slot_or_404(request, pk)
    if slot.starts_at <= timezone.now():
        raise Http404
    return slot


def without_following(form, slot):
    """A slot of no series has nothing after it to choose."""
    if slot.series_id is None:
        form.fields["scope"].choices = SCOPES[:1]
    return form


def repeat(slot_admin, request, pk):
    """The rule; then its days, to read before they are made."""
    slot = slot_to_come(slot_admin, request, pk, "mission.edit")
    form = RepeatForm(request.POST or None, initial={"seen": series.print_of([slot])})
    button, intro, rows = "Voir les dates", "Même jour de la semaine, même heure, même durée.", []
    if request.method == "POST" and form.is_valid():
        try:
            kept, skipped = series.plan(slot, **form.rule())
            chosen = ",".join(f"{day:%Y%m%d}" for day in kept)
            if request.POST.get("days") == chosen:
                return made(request, slot, form)
            form.fields["days"] = forms.CharField(widget=forms.HiddenInput(attrs={"value": chosen}))
            button = f"Créer {french.count(len(kept) - 1, 'créneau', 'créneaux')}"
            intro = f"{french.count(len(kept), 'créneau', 'créneaux')} en tout, celui-ci compris :"
            rows = [french.day(day) for day in kept]
            rows += [f"{french.day(day)} : jour férié, pas de créneau" for day in skipped]
        except PlanningError as refusal:
            form.add_error(None, refusal.message)
    return ask(
        slot_admin, request, slot, form, title="Répéter ce créneau", button=button, intro=intro, rows=rows
    )


def made(request, slot, form):
    rule, now = form.rule(), timezone.now()
    row = series.repeat(slot, **rule, seen=form.cleaned_data["seen"], by=request.user, now=now)
    number = row.slots.count()
    messages.success(request, f"{in_words(row)} : {french.count(number, 'créneau', 'créneaux')}.")
    return redirect(change_url(slot.mission))


def change(slot_admin, request, pk):
    slot = slot_to_come(slot_admin, request, pk, "mission.edit")
    now, local = timezone.now(), slot.starts_at.astimezone(PARIS)
    after = list(series.following(slot, now=now))
    initial = {
        "seen": f"{series.print_of([slot])} {series.print_of(after)}",
        "day": local.date(),
        "hour": local.time(),
        "minutes": slot.minutes,
        "places": slot.places,
    }
    form = without_following(ChangeForm(request.POST or None, initial=initial), slot)
    if request.method == "POST" and form.is_valid():
        try:
            changed = run_change(slot, form.cleaned_data, request.user, now)
        except PlanningError as refusal:
            form.add_error(None, refusal.message)
        else:
            wake_delivery()
            done = french.count(changed, "créneau changé", "créneaux changés")
            messages.success(request, f"{done} : les personnes inscrites sont prévenues d’un nouvel horaire.")
            return redirect("admin:missions_slot_sheet", slot.pk)
    return ask(
        slot_admin,
        request,
        slot,
        fresh(form, initial),
        title="Modifier ce créneau",
        button="Enregistrer et prévenir",
        intro=who_is_told([slot], after),
    )


def run_change(slot, data, by, now):
    """How many slots were changed."""
    seen, seen_after = [*data["seen"].split(), "", ""][:2]
    if data["scope"] == FOLLOWING:
        values = {"hour": data["hour"], "minutes": data["minutes"], "places": data["places"]}
        return len(series.change_following(slot, **values, seen=seen_after, by=by, now=now))
    start, end = bounds(data["day"], data["hour"], data["minutes"])
    series.change_one(slot, starts_at=start, ends_at=end, places=data["places"], seen=seen, by=by, now=now)
    return 1


def cancel(slot_admin, request, pk):
    slot, now = slot_to_come(slot_admin, request, pk, "mission.cancel"), timezone.now()
    after = list(series.following(slot, now=now))
    initial = {"seen": f"{series.print_of([slot])} {series.print_of(after)}"}
    form = without_following(CancelForm(request.POST or None, initial=initial), slot)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        only_this = data["scope"] == ONE
        seen, seen_after = [*data["seen"].split(), "", ""][:2]
        what = {"only_this": only_this, "seen": seen if only_this else seen_after}
        try:
            number = series.cancel_from(slot, **what, message=data["message"], by=request.user, now=now)
        except PlanningError as refusal:
            form.add_error(None, refusal.message)
        else:
            wake_delivery()
            done = french.count(number, "créneau annulé", "créneaux annulés")
            messages.success(request, f"{done} : les personnes inscrites sont prévenues.")
            return redirect(change_url(slot.mission))
    return ask(
        slot_admin,
        request,
        slot,
        fresh(form, initial),
        title="Annuler ce créneau",
        button="Annuler et prévenir",
        intro=who_is_told([slot], after),
        is_danger=True,
    )


def prolong(slot_admin, request, pk):
    if not can(request.user, "mission.edit"):
        raise PermissionDenied
    row = Series.objects.select_related("mission").filter(pk=pk).first()
    slot = row.slots.select_related("mission").order_by("-starts_at", "-id").first() if row else None
    if slot is None:
        raise Http404
    initial = {"seen": series.print_of(row.slots.all())}
    form = ProlongForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            number = series.prolong(row, **form.cleaned_data, now=timezone.now())
        except PlanningError as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, f"{french.count(number, 'créneau ajouté', 'créneaux ajoutés')}.")
            return redirect(change_url(row.mission))
    last = french.day(local_day(slot.starts_at))
    intro = f"{in_words(row)}. Le dernier créneau est le {last}."
    title, button = "Prolonger la série", "Prolonger"
    return ask(slot_admin, request, slot, fresh(form, initial), title=title, button=button, intro=intro)


def fresh(form, initial):
    """After a refusal the page shows the slots as they are now: the next click is about those."""
    if form.is_bound and form.errors:
        form.data = {**form.data.dict(), "seen": initial["seen"]}
    return form


def who_is_told(one, after):
    """« 1 personne inscrite à ce créneau. 4 créneaux suivent : 3 personnes inscrites en tout. »"""
    here = people_on(one)
    if len(after) < 2:
        return f"{here} à ce créneau."
    rest = french.count(len(after) - 1, "créneau suit", "créneaux suivent")
    return f"{here} à ce créneau. {rest} : {people_on(after).lower()} en tout."


def people_on(slots):
    number = series.told_count(slots)
    return (
        french.count(number, "personne inscrite", "personnes inscrites") if number else "Personne d’inscrit"
    )


def of_mission(mission):
    """[(series, words, number of slots)] of a mission, for its page."""
    rows = mission.series.prefetch_related("slots")
    return [
        (
            row,
            in_words(row),
            french.count(sum(s.cancelled_at is None for s in row.slots.all()), "créneau", "créneaux"),
        )
        for row in rows
    ]
