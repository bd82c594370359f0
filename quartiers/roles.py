"""Who is referent: someone with a mandate in force, as accounts asks it."""

from .models import Mandate


def has_mandate(user, today):
    return Mandate.objects.in_force(today).filter(referent=user).exists()
