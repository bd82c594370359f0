"""The list of volunteers for a spreadsheet: names, hence only with a permission, a reason and a log line."""

import phonenumbers
from import_export.fields import Field
from import_export.resources import Resource

from vitre_civique.accounts.files import SOURCES, Source

from .models import HelpKind, Volunteer


class VolunteerResource(Resource):
    last_name = Field("user__last_name", column_name="Nom")
    first_name = Field("user__first_name", column_name="Prénom")
    email = Field("user__email", column_name="E-mail")
    phone = Field(column_name="Téléphone")
    channel = Field("user__get_preferred_channel_display", column_name="Joindre")
    quartier = Field("quartier__name", column_name="Quartier")
    reach = Field("get_reach_display", column_name="Où")
    kinds = Field(column_name="Aime faire")
    paused_until = Field(column_name="En pause jusqu’au")

    def dehydrate_phone(self, volunteer):
        return national(volunteer.user.phone)

    def dehydrate_kinds(self, volunteer):
        return ", ".join(HelpKind(kind).label for kind in volunteer.kinds)

    def dehydrate_paused_until(self, volunteer):
        return f"{volunteer.paused_until:%d/%m/%Y}" if volunteer.paused_until else ""


def national(phone):
    """« 02 99 75 05 21 » from what is stored, or "" when there is none."""
    if not phone:
        return ""
    number = phonenumbers.parse(phone)
    is_french = number.country_code == 33
    style = (
        phonenumbers.PhoneNumberFormat.NATIONAL if is_french else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    )
    return phonenumbers.format_number(number, style)


def for_export(pks):
    return Volunteer.objects.filter(pk__in=pks).select_related("user", "quartier")


SOURCES["volunteers"] = Source("Liste des volontaires", for_export, VolunteerResource, "volunteer.export")
