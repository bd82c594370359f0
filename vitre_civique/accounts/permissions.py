"""Who may do what: permission_matrix.toml, read once, asked by `can` and required by `@requires`."""

import tomllib
from functools import wraps
from pathlib import Path

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied

from .roles import ANONYMOUS, RESIDENT, VOLUNTEER, has_role
from .second_factor import require_second_factor

MATRIX = tomllib.loads((Path(__file__).parent / "permission_matrix.toml").read_text(encoding="utf-8"))
ALLOWED = {
    f"{subject}.{action}": frozenset(roles)
    for subject, actions in MATRIX["actions"].items()
    for action, roles in actions.items()
}

# What these may do needs no second factor.
PLAIN_ROLES = frozenset({ANONYMOUS, RESIDENT, VOLUNTEER})


def can(user, action):
    """Whether a role of `user` allows `action` (« mission.publish »). KeyError on an unknown action."""
    return has_role(user, ALLOWED[action])


def requires(action):
    """View decorator: sign in first when anonymous, 403 when known and forbidden."""
    ALLOWED[action]  # a misspelt action stops the start, not a request

    def decorate(view):
        @wraps(view)
        def guarded(request, *args, **kwargs):
            if can(request.user, action):
                if not ALLOWED[action] & PLAIN_ROLES:
                    require_second_factor(request.user)
                return view(request, *args, **kwargs)
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            raise PermissionDenied

        return guarded

    return decorate
