"""What accounts forget by themselves (DP-13): sign-ups that nobody ever confirmed."""

from datetime import timedelta

from allauth.account.models import EmailAddress
from django.contrib.auth import get_user_model
from django.db.models import Exists, OuterRef

from .models import Origin

UNVERIFIED_KEPT_FOR = timedelta(days=7)


def unverified(*, now):
    """Online sign-ups older than seven days whose address was never confirmed: nobody signed in there."""
    addresses = EmailAddress.objects.filter(user=OuterRef("pk"))
    return get_user_model().objects.filter(
        Exists(addresses),
        ~Exists(addresses.filter(verified=True)),
        origin=Origin.ONLINE,
        date_joined__lte=now - UNVERIFIED_KEPT_FOR,
        last_login__isnull=True,
        is_staff=False,
        erased_at__isnull=True,
    )


def drop_unverified(*, now):
    """Sweep: delete them, as the notice of the sign-up page promises; how many. A second sweep finds none.

    Deleted rather than erased: the address was never proved to be the person's own.
    """
    return unverified(now=now).delete()[1].get(get_user_model()._meta.label, 0)
