"""Rows of the quartier side: categories, mandates, reports in any state."""

from datetime import timedelta
from itertools import count

from quartiers.models import Category, Mandate, NeedReport, NeedState, ServiceInCharge
from tests.factories import NOW, TODAY, create_quartier, create_user

_numbers = count(1)

# What each state's constraints ask for.
EXTRA = {
    NeedState.WAITING: {"waiting_since": TODAY, "resumes_to": NeedState.RECEIVED},
    NeedState.PLANNED: {"planned_on": TODAY + timedelta(days=7)},
    NeedState.FORWARDED: {"forwarded_to": "Vitré Communauté", "follow_up_on": TODAY + timedelta(days=7)},
    NeedState.RESOLVED: {"resolved_by": "mairie", "ended_at": NOW},
    NeedState.CLOSED: {"close_reason": "not_ours", "ended_at": NOW},
    NeedState.REOPENING: {"resolved_by": "mairie", "ended_at": NOW},
}


def create_category(**fields):
    n = next(_numbers)
    fields.setdefault("code", f"categorie-{n}")
    fields.setdefault("name", f"Catégorie {n}")
    fields.setdefault("family", "comfort")
    if "service" not in fields:
        fields["service"] = ServiceInCharge.objects.create(name=f"Service {n}")
    return Category.objects.create(**fields)


def create_referent(quartier=None, **mandate):
    """A user with a mandate in force (since a month, charter signed) in `quartier`."""
    user = create_user()
    mandate.setdefault("from_on", TODAY - timedelta(days=31))
    mandate.setdefault("charter_signed_on", TODAY - timedelta(days=31))
    Mandate.objects.create(referent=user, quartier=quartier or create_quartier(), **mandate)
    return user


def create_report(state=NeedState.DRAFT, **fields):
    """A report as the verbs would have left it in `state`."""
    quartier = fields.pop("quartier", None) or create_quartier()
    fields.setdefault("author", create_referent(quartier) if "author" not in fields else fields["author"])
    fields.setdefault("category", create_category())
    fields.setdefault("text", "Le banc devant la pharmacie est cassé.")
    if state == NeedState.DUPLICATE:
        fields.setdefault("canonical", create_report(NeedState.RECEIVED, quartier=quartier))
    if state != NeedState.DRAFT:
        fields.setdefault("filed_at", NOW)
        fields.setdefault("service", fields["category"].service)
        fields.setdefault("acknowledge_by", TODAY + timedelta(days=2))
        fields.setdefault("answer_by", TODAY + timedelta(days=14))
    return NeedReport.objects.create(state=state, quartier=quartier, **{**EXTRA.get(state, {}), **fields})
