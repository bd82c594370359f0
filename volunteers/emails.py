"""The mails to volunteers about their promise: one builder per kind."""

from vitre_civique.notifications.kinds import Kind, register


def to_come(notification, *, now):
    return None


for name, label in {
    "pledge_confirmed": "Promesse enregistrée",
    "monthly_reminder": "Rappel du mois",
    "stay_or_leave": "Voulez-vous rester ?",
    "guardian_code": "Accord d’un parent",
    "consent_given": "Accord donné",
}.items():
    register(Kind(name, label, to_come))
