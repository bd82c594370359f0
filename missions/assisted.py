"""A request written by an agent for somebody else: who they are, whether we know them, consent on record."""

from django.contrib.auth import get_user_model
from django.db import transaction

from vitre_civique.accounts.models import Channel

from .requests import file_request


def in_words(person):
    """One look-alike, for the agent: enough to tell apart, no more."""
    parts = [str(person), person.phone or person.email or "sans téléphone", person.get_origin_display()]
    return " · ".join(parts)


def file_for(data, wishes, *, findings, by, now):
    """Write the person, unless known, and their request; `by` read them the notice. Raises PlanningError."""
    with transaction.atomic():
        person = data.get("person") or get_user_model().objects.create_user(
            email=None,
            first_name=data["first_name"],
            last_name=data["last_name"],
            phone=data["phone"],
            postal_address=data["address"],
            preferred_channel=Channel.PHONE if data["phone"] else Channel.POST,
            origin=data["origin"],
            created_by=by,
            notice_read_at=now,
            date_joined=now,
        )
        if person.notice_read_at is None:
            get_user_model().objects.filter(pk=person.pk).update(notice_read_at=now)
        return file_request(
            asker=person,
            helped=person,
            by=by,
            gesture=data["gesture"],
            text=data["text"],
            for_agent_only=bool(findings),
            wishes=wishes,
            quartier_id=data["quartier"].pk if data["quartier"] else None,
            place={
                "address": data["address"],
                "instructions": data["instructions"],
                "phone": data["phone"] or person.phone,
            },
            origin=data["origin"],
            note=f"Appel de : {data['called_by']}" if data["called_by"] else "",
            now=now,
        )
