"""Telling of a problem, and answering it within seven days. Whoever leaves an address is told of both."""

from datetime import timedelta

from django.db import transaction

from vitre_civique.lib.french import NBSP
from vitre_civique.lib.months import local_day
from vitre_civique.lib.states import move
from vitre_civique.notifications.outbox import notify

from .models import Problem, ProblemState

ANSWERED_WITHIN = timedelta(days=7)
ALREADY_SENT = f"Cette page a déjà servi{NBSP}: rechargez-la pour signaler autre chose."


class ProblemError(Exception):
    """Nothing was kept; `message` says why in French."""

    def __init__(self, message):
        self.message = message
        super().__init__(message)


@transaction.atomic
def report(*, kind, page, text, user, email, now, token=None):
    """Keep it, and acknowledge it at once to whoever may be written to.

    The same `token` with the same words gives the problem it made, and nobody is told again; with other
    words, or from somebody else, ProblemError.
    """
    said = {"kind": kind, "page": page, "text": text, "user": user}
    dates = {"received_at": now, "due_on": local_day(now) + ANSWERED_WITHIN}
    new = {**said, **dates, "email": "" if user else email}
    if token is None:
        problem, is_new = Problem.objects.create(**new), True
    else:
        problem, is_new = Problem.objects.get_or_create(token=token, defaults=new)
    if not is_new:
        if any(getattr(problem, name) != value for name, value in said.items()):
            raise ProblemError(ALREADY_SENT)
        return problem
    problem.state_changes.create(to_state=ProblemState.RECEIVED, at=now, by=user)
    _tell(problem, "problem_received", now)
    return problem


@transaction.atomic
def answer(problem, text, *, by, now):
    """Once, in the words of an agent. Raises TransitionError when somebody answered first."""
    move(problem, ProblemState.ANSWERED, now=now, by=by, answer=text)
    _tell(problem, "problem_answered", now)
    return problem


def waiting():
    """Those without an answer yet, the most pressing first."""
    return Problem.objects.filter(state=ProblemState.RECEIVED).order_by("due_on", "id")


def _tell(problem, kind, now):
    key, data = f"{kind}:{problem.pk}", {"problem": problem.pk}
    if problem.user is not None:
        notify(problem.user, kind, key, now=now, data=data)
    elif problem.email:
        notify(None, kind, key, now=now, data=data, to_email=problem.email)
