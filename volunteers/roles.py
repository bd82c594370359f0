"""Who is a volunteer: someone who accepted the charter and has not stopped, as accounts asks it."""

from .models import Volunteer


def is_volunteer(user, today):
    return Volunteer.objects.filter(user=user, stopped_at__isnull=True).exclude(charter_version="").exists()
