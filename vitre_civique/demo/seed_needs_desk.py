"""The mairie’s side of the demonstration’s reports: services, routing, answers, reports in each state."""

from datetime import timedelta

from missions.models import Mission, MissionReport
from quartiers.models import (
    Category,
    InternalNote,
    NeedReport,
    NeedState,
    PublicStep,
    Routing,
    ServiceInCharge,
    StandardAnswer,
)
from quartiers.needs import deadlines
from vitre_civique.lib.months import local_day, midnight

SERVICES = [
    ("Voirie et espaces verts", "voirie@exemple.fr", False),
    ("Tranquillité publique", "tranquillite@exemple.fr", False),
    ("Santé et solidarités", "", False),
    ("Vitré Communauté", "agglo@exemple.fr", True),
]
# Used only when the town's own catalogue is not there yet.
CATEGORIES = [
    ("banc-mobilier", "comfort", "Banc, mobilier abîmé", 0, 2, 10),
    ("eclairage", "safety", "Éclairage en panne", 0, 1, 5),
    ("trottoir", "safety", "Trottoir dangereux", 0, 1, 5),
    ("eau-stagnante", "health", "Eau stagnante", 2, 2, 8),
    ("dechets", "comfort", "Déchets abandonnés", 3, 2, 6),
]
ANSWERS = [
    ("commencer", "Nous allons voir sur place", "Un agent passe voir sur place cette semaine."),
    ("transmettre", "C’est l’agglomération", "Vitré Communauté en est chargée : nous le lui avons transmis."),
    ("regler", "Réparé", "C’est réparé. Merci de nous l’avoir signalé."),
    ("clore", "Pas cette année", "Nous ne pourrons pas le faire cette année, et voici pourquoi :"),
]
# (state, days ago, word of the category, street, what was seen, public summary, answer)
REPORTS = [
    (
        "filed",
        1,
        "banc",
        "Place du Marchix",
        "Le dossier du banc est tombé, on ne peut plus s’asseoir.",
        "",
        "",
    ),
    ("filed", 6, "clair", "Rue de la Poterie", "Deux lampadaires éteints depuis une semaine.", "", ""),
    (
        "received",
        4,
        "trottoir",
        "Rue de Paris",
        "Une dalle bouge devant l’arrêt de car.",
        "Une dalle bouge devant l’arrêt de car de la rue de Paris.",
        "",
    ),
    (
        "received",
        75,
        "eau",
        "Près du lavoir",
        "De l’eau stagne et il y a des moustiques.",
        "De l’eau stagne près du lavoir.",
        "",
    ),
    (
        "in_progress",
        12,
        "dechet",
        "Chemin du Halage",
        "Des sacs abandonnés derrière le local.",
        "Des sacs sont abandonnés le long du chemin.",
        "L’équipe propreté passe cette semaine.",
    ),
    (
        "planned",
        15,
        "clair",
        "Rue de Beauvais",
        "La rue est noire le soir, les enfants rentrent à pied.",
        "L’éclairage de la rue de Beauvais est en panne.",
        "Les ampoules arrivent : la réparation est prévue.",
    ),
    (
        "forwarded",
        20,
        "dechet",
        "Route de Laval",
        "Le conteneur déborde tous les lundis.",
        "Le conteneur de la route de Laval déborde.",
        "Vitré Communauté en est chargée : nous le lui avons transmis.",
    ),
    (
        "waiting",
        5,
        "trottoir",
        "Près de l’école",
        "Un trou.",
        "Un trou dans un trottoir, près de l’école.",
        "De quel côté de la rue se trouve ce trou ?",
    ),
    (
        "resolved",
        40,
        "banc",
        "Jardin public",
        "Il manque une planche au banc rouge.",
        "Une planche manquait à un banc du jardin public.",
        "La planche est remplacée.",
    ),
    (
        "resolved",
        65,
        "clair",
        "Rue du Val",
        "Lampadaire qui clignote.",
        "Un lampadaire clignotait rue du Val.",
        "C’est réparé.",
    ),
    (
        "closed",
        50,
        "banc",
        "Rue de Fougères",
        "On voudrait trois bancs de plus.",
        "Des bancs de plus sont demandés rue de Fougères.",
        "Le trottoir est trop étroit pour un fauteuil roulant.",
    ),
    (
        "reopening",
        45,
        "dechet",
        "Rue Notre-Dame",
        "Des cartons tous les soirs.",
        "Des cartons s’entassent rue Notre-Dame.",
        "La tournée passe désormais à 18 h.",
    ),
]
EXTRA = {
    "planned": lambda today: {"planned_on": today + timedelta(days=9)},
    "forwarded": lambda today: {
        "forwarded_to": "Vitré Communauté",
        "follow_up_on": today + timedelta(days=5),
    },
    "waiting": lambda today: {"waiting_since": today - timedelta(days=2), "resumes_to": "received"},
    "resolved": lambda today: {
        "resolved_by": "mairie",
        "ended_at": midnight(today - timedelta(days=8)),
        "is_settled_for_author": True,
    },
    "closed": lambda today: {"close_reason": "not_ours", "ended_at": midnight(today - timedelta(days=9))},
    "reopening": lambda today: {
        "resolved_by": "mairie",
        "ended_at": midnight(today - timedelta(days=9)),
        "reopened_count": 1,
        "is_settled_for_author": False,
    },
}


def seed_needs_desk(today, quartiers, people):
    """Everything the queue needs to look like a Monday morning. Reports by the referents in force."""
    services = seed_services(people)
    categories = seed_categories(services)
    pilots = [quartier for quartier in quartiers.values() if quartier.is_pilot]
    author = people.accounts["referente"]
    for number, row in enumerate(REPORTS):
        seed_report(number, row, today, pilots[number % len(pilots)], categories, author, people)
    seed_mission(people, today)


def seed_services(people):
    services = []
    for name, email, is_external in SERVICES:
        service, _ = ServiceInCharge.objects.get_or_create(
            name=name, defaults={"email": email, "is_external": is_external, "fallback": people.agent}
        )
        services.append(service)
    for act, title, text in ANSWERS:
        StandardAnswer.objects.get_or_create(act=act, title=title, defaults={"text": text})
    return services


def seed_categories(services):
    """The town's catalogue when it is loaded, else five of our own; the civic service follows one of them."""
    if not Category.objects.exists():
        for position, (code, family, name, service, acknowledge, answer) in enumerate(CATEGORIES):
            Category.objects.create(
                code=code,
                family=family,
                name=name,
                service=services[service],
                position=position,
                acknowledge_days=acknowledge,
                answer_days=answer,
            )
    return list(Category.objects.select_related("service").order_by("pk"))


def category_like(categories, word):
    found = [each for each in categories if word in each.name.lower() or word in each.code]
    return (found or categories)[0]


def seed_report(number, row, today, quartier, categories, author, people):
    state, days, word, street, text, summary, answer = row
    filed_at = midnight(today - timedelta(days=days)) + timedelta(hours=9 + number % 8)
    category = category_like(categories, word)
    report = NeedReport.objects.create(
        state=state,
        author=author,
        category=category,
        service=category.service,
        quartier=quartier,
        street=street,
        text=text,
        public_summary=summary,
        visibility="public" if summary else "staff",
        filed_at=filed_at,
        acknowledged_at=filed_at + timedelta(hours=20) if summary else None,
        assigned_to=people.agent if number % 2 else None,
        **deadlines(category, local_day(filed_at)),
        **EXTRA.get(state, lambda today: {})(today),
    )
    steps = [("draft", "filed", filed_at, author)]
    if summary:
        steps.append(("filed", "received", filed_at + timedelta(hours=20), people.agent))
        tell(report, "received", "La mairie a bien reçu ce besoin et s’en occupe.", steps[-1][2], people)
    if answer:
        ended = "resolved" if state == "reopening" else state
        steps.append(("received", ended, filed_at + timedelta(days=3 + number % 4), people.agent))
        tell(report, ended, answer, steps[-1][2], people)
    if state == "reopening":
        steps.append(("resolved", "reopening", filed_at + timedelta(days=20), author))
    for before, after, at, by in steps:
        report.state_changes.create(from_state=before, to_state=after, at=at, by=by)
    if number % 3 == 0:
        InternalNote.objects.create(
            report=report, text="Vu au téléphone avec le service.", at=filed_at, by=people.agent
        )


def tell(report, state, text, at, people):
    PublicStep.objects.create(report=report, state=state, text=text, at=at, by=people.agent)


def seed_mission(people, today):
    """One report already gave a mission, and that mission is done: the queue proposes « réglée »."""
    report = NeedReport.objects.filter(state=NeedState.IN_PROGRESS).order_by("pk").first()
    mission = Mission.objects.filter(state="done", kind="collective").order_by("pk").first()
    if report and mission:
        MissionReport.objects.create(mission=mission, report=report, at=midnight(today), by=people.agent)
    category = Category.objects.order_by("pk").first()
    Routing.objects.get_or_create(category=category, defaults={"person": people.agent})
