"""The ledger of minutes given: lines are added, never changed. A month is that of the local start."""

from django.db import transaction
from django.db.models import Sum

from vitre_civique.lib.months import add_months, month_of, months_between

from .models import HourEntry

DECLARE_MONTHS_BACK = 11  # one may still write an hour down eleven months later
MAX_MINUTES = 1440
# The only words the database lets replace others in the ledger (see the migration of its trigger).
ERASED_REASON = "effacé"
NEUTRAL_LABEL = "Coup de main"


class HourError(Exception):
    """The line cannot be written; `message` says why in French."""

    def __init__(self, message):
        self.message = message
        super().__init__(message)


def enter_signup_minutes(volunteer, *, minutes, starts_at, subject, label, by):
    """Write the minutes of a mission, once per `subject` (« signup-42 »). Safe to call again."""
    _require_sensible(minutes)
    # ON CONFLICT DO NOTHING: two people confirming at once write one line.
    HourEntry.objects.bulk_create(
        [
            HourEntry(
                volunteer=volunteer,
                quartier_id=volunteer.quartier_id,
                month=month_of(starts_at),
                minutes=minutes,
                source=HourEntry.Source.SIGNUP,
                subject=subject,
                label=label[:160],
                entered_by=by,
            )
        ],
        ignore_conflicts=True,
    )
    return HourEntry.objects.get(source=HourEntry.Source.SIGNUP, subject=subject)


def declare(volunteer, *, month, minutes, label, by, now, token=""):
    """Write down an hour given outside the platform. With a `token`, a second call gives the first line."""
    _require_sensible(minutes)
    if month not in declarable_months(month_of(now)):
        raise HourError("Choisissez ce mois-ci ou l’un des onze mois précédents.")
    entry = HourEntry(
        volunteer=volunteer,
        quartier_id=volunteer.quartier_id,
        month=month,
        minutes=minutes,
        source=HourEntry.Source.DECLARED,
        subject=f"own-{token}" if token else "",
        label=label[:160],
        entered_by=by,
    )
    if not token:
        entry.save()
        return entry
    HourEntry.objects.bulk_create([entry], ignore_conflicts=True)
    written = HourEntry.objects.filter(
        source=entry.source, subject=entry.subject, volunteer=volunteer
    ).first()
    if written is None:
        raise HourError("Cette déclaration a déjà servi : rechargez la page et recommencez.")
    return written


@transaction.atomic
def correct(entry, *, minutes, reason, by):
    """Make the total of `entry` become `minutes` with a counter-entry that says who and why.

    Gives the counter-entry, or None when the total is already right. Corrections are added to the first line.
    """
    if not 0 <= minutes <= MAX_MINUTES:
        raise HourError("Indiquez entre zéro minute et 24 heures.")
    if not reason.strip():
        raise HourError("Dites pourquoi l’heure est corrigée.")
    entry = HourEntry.objects.select_for_update(of=("self",)).get(pk=entry.corrects_id or entry.pk)
    difference = minutes - minutes_of(entry)
    if not difference:
        return None
    return HourEntry.objects.create(
        volunteer_id=entry.volunteer_id,
        quartier_id=entry.quartier_id,
        month=entry.month,
        minutes=difference,
        source=HourEntry.Source.CORRECTION,
        subject=entry.subject,
        label=entry.label,
        corrects=entry,
        reason=reason.strip()[:300],
        entered_by=by,
    )


def detach(volunteer):
    """Erasure: the minutes stay in the town's figures, without person, words or author."""
    entries = HourEntry.objects.filter(volunteer=volunteer)
    for is_correction, reason in ((True, ERASED_REASON), (False, "")):
        lines = entries.filter(source=HourEntry.Source.CORRECTION) if is_correction else entries
        lines.update(volunteer=None, entered_by=None, label="", reason=reason)


def forget_labels(subjects):
    """Erasure of a neighbour: the title of their mission leaves the ledger of those who helped."""
    HourEntry.objects.filter(subject__in=subjects).exclude(label="").update(label=NEUTRAL_LABEL)


def entry_of_signup(subject):
    """The first line written for `subject`, or None."""
    return HourEntry.objects.filter(source=HourEntry.Source.SIGNUP, subject=subject).first()


def minutes_of(entry):
    """What `entry` counts for once corrected."""
    return entry.minutes + (entry.corrections.aggregate(total=Sum("minutes"))["total"] or 0)


def minutes_given(volunteer, month):
    """Minutes in the ledger of one person for one month."""
    return minutes_by_month(volunteer, month, month)[month]


def minutes_by_month(volunteer, first, last):
    """{month: minutes} for every month from `first` to `last`, both included; zeros too."""
    rows = HourEntry.objects.filter(volunteer=volunteer, month__gte=first, month__lte=last)
    totals = dict(rows.order_by().values_list("month").annotate(total=Sum("minutes")))
    return {month: totals.get(month, 0) for month in months_between(first, last)}


def declarable_months(this_month):
    """This month first, then the eleven before."""
    return months_between(add_months(this_month, -DECLARE_MONTHS_BACK), this_month)[::-1]


def _require_sensible(minutes):
    if not 1 <= minutes <= MAX_MINUTES:
        raise HourError("Indiquez entre une minute et 24 heures.")
