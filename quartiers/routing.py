"""Who at the mairie looks after a report: the person in charge by category and quartier, else a fallback."""

from django.contrib.auth import get_user_model

from vitre_civique.accounts.roles import Role

from .models import NeedReport, Routing


def follower_of(report):
    """Who follows by default: the category in that quartier, else in the town, else for the service."""
    return followers_of([report])[report.pk]


def followers_of(reports):
    """{report id: who follows it by default, or None}: one query, besides the services in hand."""
    categories = {report.category_id for report in reports}
    routings = {
        (routing.category_id, routing.quartier_id): routing.person
        for routing in Routing.objects.filter(category__in=categories).select_related("person")
    }
    return {
        report.pk: routings.get((report.category_id, report.quartier_id))
        or routings.get((report.category_id, None))
        or (report.service.fallback if report.service else None)
        for report in reports
    }


def desk_of(report):
    """Who is told what happens to a report: whoever follows it, by choice or by default, else every agent."""
    person = report.assigned_to or follower_of(report)
    return [person] if person else list(agents())


def agents():
    """Everybody who may act on any report."""
    return (
        get_user_model()
        .objects.filter(is_active=True, groups__name__in=[Role.AGENT.value, Role.ADMINISTRATOR.value])
        .distinct()
        .order_by("pk")
    )


def route_new():
    """Sweep: give open reports that nobody follows to whom category and quartier lead. How many."""
    rows = NeedReport.objects.open().filter(assigned_to__isnull=True)
    theirs = {}
    for pk, person in followers_of(list(rows.select_related("service__fallback"))).items():
        theirs.setdefault(person, []).append(pk)
    theirs.pop(None, None)
    # Conditional: an agent who assigns at the same moment wins.
    return sum(
        NeedReport.objects.filter(pk__in=reports, assigned_to__isnull=True).update(assigned_to=person)
        for person, reports in theirs.items()
    )
