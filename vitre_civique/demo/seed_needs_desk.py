"""The mairie’s side of the demonstration’s reports: who follows what, standard answers, notes, a mission."""

from missions.models import Mission, MissionReport
from quartiers.models import (
    Category,
    InternalNote,
    NeedReport,
    NeedState,
    Routing,
    ServiceInCharge,
    StandardAnswer,
)
from vitre_civique.lib.months import midnight

ANSWERS = [
    ("commencer", "Nous allons voir sur place", "Un agent passe voir sur place cette semaine."),
    ("transmettre", "C’est l’agglomération", "Vitré Communauté en est chargée : nous le lui avons transmis."),
    ("regler", "Réparé", "C’est réparé. Merci de nous l’avoir signalé."),
    ("clore", "Pas cette année", "Nous ne pourrons pas le faire cette année, et voici pourquoi :"),
]


def seed_needs_desk(today, people):
    """What the queue needs to look like a Monday morning, on the reports of seed_needs."""
    ServiceInCharge.objects.filter(fallback__isnull=True).update(fallback=people.agent)
    for act, title, text in ANSWERS:
        StandardAnswer.objects.create(act=act, title=title, text=text)
    category = Category.objects.order_by("pk").first()
    Routing.objects.create(category=category, person=people.agent)
    in_progress = NeedReport.objects.filter(state=NeedState.IN_PROGRESS).order_by("pk")
    for report in in_progress:
        InternalNote.objects.create(
            report=report, text="Vu au téléphone avec le service.", at=report.acknowledged_at, by=people.agent
        )
    seed_mission(in_progress.first(), people, today)


def seed_mission(report, people, today):
    """One report already gave a mission, and that mission is done: the queue proposes « réglée »."""
    mission = Mission.objects.filter(state="done", kind="collective").order_by("pk").first()
    MissionReport.objects.create(mission=mission, report=report, at=midnight(today), by=people.agent)
