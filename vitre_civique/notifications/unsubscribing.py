"""The signed token of « ne plus recevoir » : works without signing in, says whom and what to nobody."""

from django.core import signing

from vitre_civique.accounts.models import User

from . import kinds
from .models import Preference, Rhythm

SALT = "notifications.unsubscribe"


class BadToken(Exception):
    """The token was not made by us, or its person or kind no longer exists."""


def token_for(user, kind_name: str) -> str:
    return signing.dumps([user.pk, kind_name], salt=SALT)


def read(token: str) -> tuple[User, kinds.Kind]:
    """BadToken when it is not ours; old mails stay valid: refusing to unsubscribe somebody helps no one."""
    try:
        pk, name = signing.loads(token, salt=SALT)
        kind = kinds.get(name)
        return User.objects.get(pk=pk, is_active=True), kind
    except (signing.BadSignature, ValueError, TypeError, kinds.UnknownKind, User.DoesNotExist) as error:
        raise BadToken from error


def choose(user, kind_name: str, rhythm: str) -> None:
    """Write the person's choice; a second identical call changes nothing."""
    Preference.objects.update_or_create(user=user, kind=kind_name, defaults={"rhythm": rhythm})


def unsubscribe(user, kind) -> None:
    choose(user, kind.name, Rhythm.NEVER)
