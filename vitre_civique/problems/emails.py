"""The two mails about a problem: it was received (LEG-01), it was answered."""

from vitre_civique.lib import french
from vitre_civique.notifications.kinds import Kind, register
from vitre_civique.notifications.rendering import compose

from .models import Problem, ProblemState

FOLDER = "problems/email/"


def load_problems(notifications, *, now):
    found = Problem.objects.in_bulk([row.data.get("problem") for row in notifications])
    return {row.pk: found[row.data["problem"]] for row in notifications if row.data.get("problem") in found}


def problem_received(notification, problem, *, now):
    context = {
        "problem": problem,
        "received": french.moment(problem.received_at),
        "due": french.day(problem.due_on),
    }
    return compose(FOLDER + "problem_received", notification, context)


def problem_answered(notification, problem, *, now):
    if problem.state != ProblemState.ANSWERED:
        return None
    return compose(FOLDER + "problem_answered", notification, {"problem": problem})


register(Kind("problem_received", "Problème signalé, reçu", problem_received, load_problems))
register(Kind("problem_answered", "Problème signalé, répondu", problem_answered, load_problems))
