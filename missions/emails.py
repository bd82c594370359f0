"""The mails about missions: one builder per kind. Who is written to, and when, is decided elsewhere."""

from vitre_civique.notifications.kinds import Kind, register


def to_come(notification, *, now):
    return None


for name, label in {
    "mission_alert": "Nouvelles missions",
    "substitute_wanted": "Remplacement cherché",
    "signup_confirmed": "Inscription confirmée",
    "signup_pending": "Inscription à confirmer",
    "signup_waiting": "Liste d’attente",
    "signup_refused": "Inscription refusée",
    "signup_withdrawn": "Désistement",
    "place_offered": "Place proposée",
    "offer_lapsed": "Délai passé",
    "mission_cancelled": "Mission annulée",
    "mission_changed": "Mission changée",
    "signup_reminder": "Rappel deux jours avant",
    "signup_day_before": "Rappel la veille",
    "late_withdrawal": "Désistement de dernière heure",
    "how_did_it_go": "A-t-elle eu lieu ?",
    "outcome_settled": "Heure confirmée",
    "mission_submitted": "Proposition reçue",
    "mission_returned": "Question sur une proposition",
    "mission_refused": "Proposition refusée",
    "mission_published": "Proposition publiée",
}.items():
    register(Kind(name, label, to_come))
