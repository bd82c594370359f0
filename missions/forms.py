"""Forms of the missions' pages: filters, withdrawing, proposing, attendance. They clean and convert."""

from datetime import datetime, time, timedelta

from django import forms
from django.core.exceptions import ValidationError

from quartiers.models import Quartier
from vitre_civique.lib import french, prepared
from vitre_civique.lib.months import PARIS
from vitre_civique.lib.screening import findings
from volunteers.models import HelpKind

from .models import Gesture, MissionKind

ANY = ("", "Peu importe")
DAYS_AHEAD = 60
HOURS = [time(hour, minute) for hour in range(7, 22) for minute in (0, 30)]
DURATIONS = (30, 45, 60, 90, 120, 180, 240)
DATES_AT_MOST = 3
PAID = (
    "Ici, tout est gratuit : personne ne paie ni n’est payé. Retirez la somme ou le mot qui parle d’argent, "
    "et votre demande est la bienvenue."
)


class FilterForm(forms.Form):
    """The filters of the list; the names are those people read in the address."""

    mots = forms.CharField(label="Un mot", max_length=80, required=False)
    genre = forms.ChoiceField(label="Pour qui", choices=[ANY, *MissionKind.choices], required=False)
    aide = forms.ChoiceField(label="Quoi faire", choices=[ANY, *HelpKind.choices], required=False)
    quartier = forms.ModelChoiceField(
        label="Quartier",
        queryset=Quartier.objects.for_choices(),
        to_field_name="slug",
        empty_label="Peu importe",
        required=False,
    )
    quand = forms.ChoiceField(
        label="Quand",
        choices=[
            ANY,
            ("aujourdhui", "Aujourd’hui"),
            ("demain", "Demain"),
            ("semaine", "Cette semaine"),
            ("week-end", "Ce week-end"),
            ("semaine-prochaine", "La semaine prochaine"),
        ],
        required=False,
    )
    duree = forms.ChoiceField(
        label="Durée",
        choices=[
            ANY,
            ("courte", "45 minutes ou moins"),
            ("une-heure", "Environ une heure"),
            ("longue", "Plus longtemps"),
        ],
        required=False,
    )
    a_deux = forms.BooleanField(label="Avec quelqu’un", required=False)
    rencontre = forms.BooleanField(label="Rencontres avec la mairie", required=False)
    accessible = forms.BooleanField(label="Lieu accessible en fauteuil", required=False)
    voir = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # Read once: for the choices shown and for the key below.
        self._offered = offered_quartiers()
        self.fields["quartier"].choices = [ANY, *self._offered]

    @classmethod
    def of(cls, data):
        """The form of an address; one that costs nothing for most of them, which filter nothing."""
        return cls(data) if any(data.get(name) for name in cls.base_fields) else NoFilter()

    def fragment_key(self):
        """All that its fields are drawn from; None when somebody typed words or something unknown."""
        chosen = self.chosen()
        if not self.is_valid() or chosen["mots"] or chosen["voir"] not in ("", "tout"):
            return None
        said = tuple((name, self[name].data or "") for name in self.fields)
        return type(self).__name__, said, self._offered

    def chosen(self):
        """What was understood; a value nobody offered filters nothing."""
        self.is_valid()
        return self.cleaned_data


class NoFilter:
    """FilterForm with nothing chosen, made only when it has to be drawn."""

    has_changed = False

    def fragment_key(self):
        return type(self).__name__, offered_quartiers()

    def drawn(self):
        return FilterForm({})

    def chosen(self):
        return {}


def offered_quartiers():
    """((slug, name), …) of those that may be chosen, in order."""
    with prepared.cursor() as cursor:
        cursor.execute("SELECT slug, name FROM quartiers_quartier WHERE is_active ORDER BY name, id")
        return tuple(cursor.fetchall())


class WithdrawForm(forms.Form):
    reason = forms.CharField(
        label="Pourquoi",
        help_text="Un mot suffit. L’organisateur le lira ; ne dites rien de votre santé.",
        max_length=300,
        required=False,
        error_messages={"max_length": "Plus court : 300 caractères au plus."},
    )


class AttendanceForm(forms.Form):
    """One line of the sheet. `minutes` only when the person stayed for a part of the time."""

    outcome = forms.ChoiceField(
        choices=[(state, state) for state in ("attended", "excused", "absent", "unknown")]
    )
    minutes = forms.IntegerField(min_value=1, max_value=1440, required=False)
    young_present = forms.IntegerField(min_value=0, max_value=60, required=False)
    reason = forms.CharField(max_length=300, required=False)


class SaidForm(forms.Form):
    outcome = forms.ChoiceField(choices=[("done", "C’est fait"), ("not_done", "Ça n’a pas eu lieu")])
    minutes = forms.IntegerField(
        label="Minutes",
        min_value=1,
        max_value=1440,
        required=False,
        error_messages={
            "invalid": "Écrivez un nombre de minutes, par exemple : 60.",
            "min_value": "Indiquez au moins une minute.",
            "max_value": "Indiquez 24 heures au plus, soit 1440 minutes.",
        },
    )


class ProposalForm(forms.Form):
    """A resident's proposal in one short page. What the text must not hold is said; they choose."""

    gesture = forms.ModelChoiceField(
        label="De quoi s’agit-il ?",
        queryset=Gesture.objects.filter(is_active=True),
        empty_label="Autre chose",
        required=False,
    )
    title = forms.CharField(
        label="En quelques mots",
        help_text="Comme on le dit : « Tailler une petite haie ».",
        max_length=90,
        error_messages={
            "required": "Dites en quelques mots ce qu’il y a à faire, par exemple : Tailler une petite haie.",
            "max_length": "Plus court : 90 caractères au plus.",
        },
    )
    text = forms.CharField(
        label="Expliquez un peu plus",
        help_text="500 caractères au plus. Tout le monde lira : ni nom, ni adresse, ni téléphone, ni santé.",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={
            "required": "Expliquez en une ou deux phrases ce qu’il y a à faire.",
            "max_length": "Plus court : 500 caractères au plus.",
        },
    )
    quartier = forms.ModelChoiceField(
        label="Quartier",
        queryset=Quartier.objects.active(),
        empty_label="Je ne sais pas",
        required=False,
    )
    public_place = forms.CharField(
        label="Lieu de rendez-vous",
        help_text="Un lieu que tout le monde peut lire : « devant la médiathèque ». Jamais chez quelqu’un.",
        max_length=160,
        required=False,
    )
    address = forms.CharField(
        label="Adresse exacte",
        help_text="Jamais publiée : seule la personne acceptée la verra, jusqu’à 30 jours après.",
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "street-address"}),
    )
    minutes = forms.TypedChoiceField(
        label="Combien de temps",
        choices=[(minutes, french.duration(minutes)) for minutes in DURATIONS],
        coerce=int,
        initial=60,
    )
    places = forms.TypedChoiceField(
        label="Combien de personnes",
        choices=[(number, french.count(number, "personne", "personnes")) for number in range(1, 21)],
        coerce=int,
        initial=1,
    )

    def __init__(self, *args, today, now, **kwargs):
        super().__init__(*args, **kwargs)
        self.now = now
        days = [
            (day.isoformat(), french.day(day)) for day in (today + timedelta(n) for n in range(DAYS_AHEAD))
        ]
        hours = [
            (f"{at:%H:%M}", f"{at.hour} h {at.minute:02d}" if at.minute else f"{at.hour} h") for at in HOURS
        ]
        for rank in range(1, DATES_AT_MOST + 1):
            which = {1: "Jour", 2: "Un autre jour possible", 3: "Encore un autre"}[rank]
            self.fields[f"day_{rank}"] = forms.ChoiceField(
                label=which,
                choices=[("", "Choisissez un jour"), *days],
                required=rank == 1,
                error_messages={"required": "Choisissez un jour dans la liste."},
            )
            self.fields[f"hour_{rank}"] = forms.ChoiceField(
                label="À quelle heure" if rank == 1 else f"À quelle heure, jour {rank}",
                choices=[("", "Choisissez une heure"), *hours],
                required=rank == 1,
                error_messages={"required": "Choisissez une heure dans la liste."},
            )
        self.findings = []

    def clean(self):
        cleaned = super().clean()
        for rank in range(1, DATES_AT_MOST + 1):
            self._clean_date(cleaned, rank)
        text_findings = findings(cleaned.get("text", ""))
        for name in ("title", "public_place"):
            self._refuse_found(name, findings(cleaned.get(name, "")))
        if any(found.kind == "pay" for found in text_findings):
            self.add_error("text", ValidationError(PAID, code="pay"))
        self.findings = [found for found in text_findings if found.kind != "pay"]
        return cleaned

    @property
    def starts(self):
        """The moments chosen, in order, each once."""
        return sorted(
            {self.cleaned_data[f"at_{rank}"] for rank in range(1, 4) if self.cleaned_data.get(f"at_{rank}")}
        )

    def _clean_date(self, cleaned, rank):
        day, hour = cleaned.get(f"day_{rank}"), cleaned.get(f"hour_{rank}")
        if not (day and hour):
            if day or hour:
                missing = f"hour_{rank}" if day else f"day_{rank}"
                if missing not in self.errors:
                    self.add_error(missing, "Donnez le jour et l’heure ensemble.")
            return
        at = datetime.fromisoformat(f"{day}T{hour}").replace(tzinfo=PARIS)
        if at <= self.now:
            self.add_error(f"hour_{rank}", "Cette heure est déjà passée : choisissez-en une autre.")
        cleaned[f"at_{rank}"] = at

    def _refuse_found(self, name, found):
        if any(one.kind == "pay" for one in found):
            self.add_error(name, ValidationError(PAID, code="pay"))
        elif found:
            what = ", ".join(dict.fromkeys(one.label for one in found))
            self.add_error(name, f"Retirez d’ici {what} : tout le monde lira cette ligne.")
