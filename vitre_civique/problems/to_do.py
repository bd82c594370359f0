"""The line of the desk's start page about problems: counts that lead to exactly what they count."""

from django.db.models import Count, Q
from django.urls import reverse

from vitre_civique.accounts.desk import ToDo
from vitre_civique.accounts.permissions import can
from vitre_civique.lib.french import count
from vitre_civique.lib.months import local_day

from .reporting import waiting


def problems_to_do(user, now):
    """One ToDo, or none: pressing once an answer is due today or late. One query."""
    if not can(user, "problem.answer"):
        return []
    today = local_day(now)
    numbers = waiting().order_by().aggregate(all=Count("pk"), late=Count("pk", filter=Q(due_on__lte=today)))
    words = count(numbers["all"], "problème du site signalé", "problèmes du site signalés")
    url = f"{reverse('admin:problems_problem_changelist')}?state__exact=received"
    line = ToDo(numbers["all"], f"{words}, à répondre", url, "flag", is_pressing=numbers["late"] > 0)
    return [line] if line.number else []
