"""The forms of a mission in the desk: what a gesture fills in, slots, a version never overwritten."""

from copy import copy
from datetime import timedelta

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.forms.models import BaseInlineFormSet
from django.utils import timezone

from missions import planning
from missions.models import Mission, MissionKind, MissionPrerequisite, PrivatePlace, Signup, Slot
from vitre_civique.accounts.desk import DayAndHourField
from vitre_civique.lib.forms import PhoneField
from vitre_civique.lib.french import count, hour, moment

FILLED_BY_GESTURE = ("kind", "help_kind", "title", "public_text")
USUAL_MINUTES = 60
LONGEST = timedelta(days=2)


class MissionForm(forms.ModelForm):
    """`version` carries the `updated_at` the agent was reading."""

    version = forms.CharField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Mission
        # Prerequisites have ranks: they are lines of their own on the page.
        exclude = ["prerequisites"]  # noqa: DJ006 (the admin's fieldsets name the fields)
        widgets = {
            "title": forms.TextInput(attrs={"size": 60}),
            "public_text": forms.Textarea(attrs={"rows": 6, "cols": 70, "data-limit": 2000}),
            "internal_note": forms.Textarea(attrs={"rows": 3, "cols": 70}),
        }
        help_texts = {
            "gesture": "Choisir un geste remplit le genre, l’aide, le titre et le texte laissés vides.",
            "public_text": "Lu par tout le monde : ni nom complet, ni adresse, ni téléphone, ni santé.",
            "internal_note": "Lue au bureau seulement. Jamais de santé.",
            "beneficiary": "La personne aidée, si elle a un compte. Jamais montrée aux habitants.",
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in FILLED_BY_GESTURE:
            if name in self.fields:
                self.fields[name].required = False
        if self.instance.pk and "version" in self.fields:
            self.initial["version"] = version_of(self.instance)
        self.fields.get("version", forms.CharField()).label = ""

    def clean(self):
        data = super().clean()
        self._require_latest_version(data)
        self._require_no_group(data)
        gesture = data.get("gesture")
        defaults = gesture_defaults(gesture) if gesture else {}
        for name in FILLED_BY_GESTURE:
            if name in self.fields and name not in self.errors and not data.get(name):
                if name in defaults:
                    data[name] = defaults[name]
                else:
                    self.add_error(name, MISSING[name])
        self._require_home_suits(data)
        return data

    def _require_home_suits(self, data):
        """Neighbours open their door to adults the mairie has met: those signed up before are looked at."""
        becomes_one = data.get("kind") == MissionKind.INTERPERSONAL != self.instance.kind
        if self.instance.pk is None or not becomes_one or "is_open_to_groups" in self.errors:
            return
        as_written = copy(self.instance)
        for name in {"beneficiary", "proposed_by"} & set(data):
            setattr(as_written, name, data[name])
        try:
            with transaction.atomic():  # within the page's own, which holds the locks until all is saved
                planning.require_home_suits(as_written, now=timezone.now())
        except planning.PlanningError as refusal:
            self.add_error("kind", refusal.message)

    def _require_latest_version(self, data):
        sent = data.get("version")
        if self.instance.pk and sent and sent != version_of(self.instance):
            raise ValidationError(someone_else_wrote(self.instance), code="changed_meanwhile")

    def _require_no_group(self, data):
        """A group that comes to a park is neither sent away nor to a home by a box unticked."""
        is_open = data.get("is_open_to_groups", True) and data.get("kind") != MissionKind.INTERPERSONAL
        if self.instance.pk is None or is_open or not self.instance.is_open_to_groups:
            return
        expected = Signup.objects.live().filter(slot__mission=self.instance, group__isnull=False)
        if expected.filter(ends_at__gt=timezone.now()).exists():
            self.add_error(
                "is_open_to_groups",
                "Un groupe est inscrit : appelez l’adulte et notez son désistement avant de changer cela.",
            )


MISSING = {
    "kind": "Choisissez un genre, ou un geste qui le donne.",
    "help_kind": "Choisissez l’aide demandée, ou un geste qui la donne.",
    "title": "Donnez un titre, par exemple : « Tailler une haie au Rachapt ».",
    "public_text": "Dites en une phrase ou deux ce qu’il y aura à faire.",
}


def gesture_defaults(gesture):
    return {
        "kind": gesture.kind,
        "help_kind": gesture.help_kind,
        "title": gesture.name,
        "public_text": gesture.hint or gesture.name,
    }


def version_of(mission):
    return mission.updated_at.isoformat()


def someone_else_wrote(mission):
    """Who changed the mission while this agent was writing, when, and what to do: nothing typed is lost."""
    last = mission.history.select_related("history_user").first()
    who = str(last.history_user) if last and last.history_user else "Quelqu’un d’autre"
    return (
        f"{who} a modifié cette mission à {hour(mission.updated_at)}, pendant que vous l’écriviez. "
        "Rien n’a été enregistré et ce que vous avez tapé est toujours là : ouvrez la mission dans un autre "
        "onglet, reportez-y ce qui manque, puis enregistrez."
    )


class SlotForm(forms.ModelForm):
    """A day, an hour and a duration: the end is computed, and may be written instead."""

    starts_at = DayAndHourField(label="Début")
    ends_at = DayAndHourField(
        label="Fin", required=False, help_text="Laissez vide pour la durée habituelle du geste (une heure)."
    )

    class Meta:
        model = Slot
        fields = ["starts_at", "ends_at", "places", "newcomer_places"]

    def clean(self):
        data = super().clean()
        start, end = data.get("starts_at"), data.get("ends_at")
        if start and not end and "ends_at" not in self.errors:
            data["ends_at"] = end = start + timedelta(minutes=self.usual_minutes)
        if start and end and end <= start:
            self.add_error("ends_at", "La fin du créneau doit venir après son début.")
        elif start and end and end - start > LONGEST:
            self.add_error("ends_at", "Un créneau dure deux jours au plus : faites-en plusieurs.")
        self._require_room(data)
        return data

    @property
    def usual_minutes(self):
        gesture = getattr(self.mission, "gesture", None)
        return gesture.usual_minutes if gesture else USUAL_MINUTES

    @property
    def mission(self):
        return self.instance.mission if self.instance.mission_id else getattr(self, "parent", None)

    def _require_room(self, data):
        if not self.instance.pk or not data.get("places"):
            return
        held = Signup.objects.filter(slot=self.instance).seats_held(timezone.now())
        if data["places"] < held:
            people = count(held, "personne est déjà inscrite", "personnes sont déjà inscrites")
            self.add_error("places", f"{people} : gardez au moins autant de places.")

    def warning(self):
        """A sentence for a slot that may be a slip of the pen, or ""."""
        start = self.cleaned_data.get("starts_at")
        if start and "starts_at" in self.changed_data and start < timezone.now():
            return f"Le créneau du {moment(start)} est déjà passé : personne ne pourra s’y inscrire."
        return ""


class SlotFormSet(BaseInlineFormSet):
    def get_queryset(self):
        """Cancelled slots stay in the history, not in the form."""
        if not hasattr(self, "_kept"):
            self._kept = super().get_queryset().filter(cancelled_at__isnull=True)
        return self._kept

    def _construct_form(self, i, **kwargs):
        form = super()._construct_form(i, **kwargs)
        form.parent = self.instance
        return form


class PrivatePlaceForm(forms.ModelForm):
    phone = PhoneField(required=False)

    class Meta:
        model = PrivatePlace
        fields = ["address", "phone", "instructions"]


class PrerequisiteFormSet(BaseInlineFormSet):
    """Gives each new line the first free rank, so that agents never number anything."""

    def save_new(self, form, commit=True):  # noqa: FBT002 (Django's own signature)
        taken = set(
            MissionPrerequisite.objects.filter(mission=self.instance).values_list("position", flat=True)
        )
        form.instance.position = min({1, 2, 3} - taken, default=3)
        return super().save_new(form, commit=commit)
