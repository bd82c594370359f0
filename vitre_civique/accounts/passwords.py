"""Length is the only rule of our own for passwords: 12 signs, 15 for staff (requirement ID-01)."""

from django.core.exceptions import ValidationError

from .roles import is_staff_role

STAFF_LENGTH = 15


class StaffLengthValidator:
    """Longer for people who open the desk of the mairie."""

    def validate(self, password, user=None):
        if is_too_short_for(user, password):
            raise ValidationError(
                f"Pour un compte de la mairie, choisissez au moins {STAFF_LENGTH} signes : "
                "une phrase entière convient très bien.",
                code="password_too_short_for_staff",
            )

    def get_help_text(self):
        return f"Pour un compte de la mairie : au moins {STAFF_LENGTH} signes."


def is_too_short_for(user, password):
    is_known = user is not None and user.pk is not None
    return is_known and len(password) < STAFF_LENGTH and is_staff_role(user)
