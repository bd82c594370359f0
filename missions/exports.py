"""Lists for a spreadsheet: missions and tallies (no name), the insurer's list of one mission."""

from django.utils import timezone
from import_export.fields import Field
from import_export.resources import Resource

from vitre_civique.accounts.files import SOURCES, Source
from vitre_civique.lib.months import PARIS

from .desk import missions_for_desk
from .models import Signup, SignupState, TallyKind
from .models.signup import OUTCOMES


def local(moment):
    """« 26/11/2026 14:00 » as an agent types it, or an empty cell."""
    return f"{moment.astimezone(PARIS):%d/%m/%Y %H:%M}" if moment else ""


class MissionResource(Resource):
    """One line for each mission; neither a name, nor an address, nor what residents wrote freely."""

    id = Field("id", column_name="Numéro")
    title = Field("title", column_name="Titre")
    kind = Field("get_kind_display", column_name="Genre")
    state = Field("get_state_display", column_name="État")
    quartier = Field("quartier__name", column_name="Quartier", default="Toute la ville")
    organiser = Field("get_organiser_display", column_name="Proposée par")
    association = Field("association__name", column_name="Association")
    next_start = Field(column_name="Prochain créneau")
    places = Field("places_count", column_name="Places")
    held = Field("held_count", column_name="Places prises")
    published = Field(column_name="Publiée le")

    def dehydrate_next_start(self, mission):
        return local(mission.next_starts_at)

    def dehydrate_published(self, mission):
        return local(mission.published_at)


class TallyResource(Resource):
    """One line for each tally and each correction: neither who counted, nor what they wrote."""

    collection = Field("point__collection__title", column_name="Collecte")
    point = Field("point__public_place", column_name="Point de dépôt")
    quartier = Field("point__quartier__name", column_name="Quartier", default="")
    at = Field(column_name="Le")
    received = Field(column_name="Reçu")
    handed_out = Field(column_name="Remis")
    unit = Field("point__collection__unit_many", column_name="Unité")
    correction = Field(column_name="Correction")

    def dehydrate_at(self, tally):
        return local(tally.at)

    def dehydrate_received(self, tally):
        return tally.count if tally.kind == TallyKind.RECEIVED else 0

    def dehydrate_handed_out(self, tally):
        return tally.count if tally.kind == TallyKind.HANDED_OUT else 0

    def dehydrate_correction(self, tally):
        return "oui" if tally.corrects_id else ""


class InsurerResource(Resource):
    """The « collaborateurs occasionnels » of one mission: who was there or is expected, when."""

    last_name = Field("volunteer__user__last_name", column_name="Nom")
    first_name = Field("volunteer__user__first_name", column_name="Prénom")
    starts = Field(column_name="Début")
    ends = Field(column_name="Fin")
    state = Field("get_state_display", column_name="État")
    young = Field("young_count", column_name="Jeunes accompagnés")

    def dehydrate_starts(self, signup):
        return local(signup.starts_at)

    def dehydrate_ends(self, signup):
        return local(signup.ends_at)


def insured_signups(mission):
    """Signups of people who come or came to `mission`: for the insurer and nobody else."""
    return (
        Signup.objects.filter(
            slot__mission=mission,
            slot__cancelled_at__isnull=True,
            volunteer__isnull=False,
            state__in=[SignupState.CONFIRMED, *OUTCOMES],
        )
        .exclude(state__in=[SignupState.ABSENT, SignupState.EXCUSED])
        .select_related("volunteer__user")
        .order_by("starts_at", "volunteer__user__last_name", "volunteer__user__first_name", "id")
    )


def for_export(pks):
    return missions_for_desk(timezone.now()).filter(pk__in=pks)


SOURCES["missions"] = Source("Liste des missions", for_export, MissionResource, "mission.export")
