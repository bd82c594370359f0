"""What a page says line by line: the preview before sending. Words only, no query but its own."""

from django.urls import reverse

from .models import Family

TOWN_WRITES = "Quelques lignes écrites par la mairie."


def check_rows(draft):
    """What everyone may read one day, for templates/includes/_check_answers.html."""
    point = "Un point sur le plan" if draft.longitude is not None else "Aucun point"
    return [
        row(draft, "Catégorie", draft.category.name, "file_what", "la catégorie"),
        {"label": "Famille", "value": Family(draft.category.family).label},
        row(draft, "Lieu", f"{draft.street}, {draft.quartier.name}", "file_where", "le lieu"),
        {"label": "Plan", "value": point},
        row(draft, "Résumé", draft.public_summary or TOWN_WRITES, "file_seen", "le résumé"),
        {"label": "Signé", "value": "« Un référent du quartier »"},
    ]


def private_rows(draft):
    """What stays with the author, the agents and the service."""
    photos = list(draft.photos.all())
    lines = [photo.description or f"Photo {photo.position}" for photo in photos]
    return [
        row(draft, "Ce que vous avez vu", draft.text, "file_seen", "votre texte"),
        {
            **row(draft, "Photos", "Aucune", "file_seen", "les photos"),
            **({"lines": lines} if lines else {}),
        },
        {"label": "Votre nom", "value": "Lu par les agents de la mairie seulement."},
    ]


def row(draft, label, value, page, what):
    return {
        "label": label,
        "value": value,
        "url": reverse(f"quartiers:{page}", args=[draft.pk]),
        "what": what,
    }
