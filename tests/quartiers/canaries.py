"""Unique words for every private field of the quartier side, and who may hear each of them, and where."""

import re
from dataclasses import dataclass

from django.core.files.base import ContentFile

from quartiers.models import (
    InternalNote,
    NeedState,
    Open311Key,
    Referral,
    ReportOrigin,
    ReportPhoto,
    StoryState,
    Supporter,
)
from quartiers.models.needs import PUBLISHABLE_STATES
from tests.accounts.people import add_totp
from tests.desk.people import create_staff
from tests.factories import NOW, TODAY, create_quartier, create_user
from tests.quartiers.factories import create_category, create_referent, create_report
from tests.quartiers.pages import picture
from tests.quartiers.test_stories import create_story

STAFF = ("agent", "ccas", "civic_service", "elected", "administrator")
READERS = ("agent", "ccas", "administrator")  # « need_report.read_words »
PHOTO = picture()
# Each private word says where it was planted: canari-<field>-<state>-<visibility>.
CANARY = re.compile(r"canari-[\w-]+|canariette|canarison|1\.234567|48\.123456|99000042|99 00 00 42", re.I)
SHARED = ("canari-resume", "canari-etape")
WORDS = (*SHARED, "canari-texte", "canari-rue", "canari-motif", "canari-note")
POINT = ("1.234567", "48.123456")


@dataclass
class Town:
    quartier: object
    author: object
    reports: list
    people: dict  # name of a visitor -> user, None for anonymous


def plant_town():
    """Reports in every state and visibility, stories in every state, a referral; each has private words."""
    quartier = create_quartier(name="Le Rachapt", slug="rachapt", centre_longitude=-1.2, centre_latitude=48.1)
    author = create_referent(quartier)
    author.first_name, author.last_name, author.phone = "Canariette", "Canarison", "+33299000042"
    author.save()
    people = {
        "anonymous": None,
        "resident": create_user(),
        "neighbour": create_user(),
        "referent": create_referent(create_quartier()),
        **{role: create_staff(role) for role in STAFF},
    }
    add_totp(people["referent"])
    category, original = create_category(), None
    reports = []
    for visibility in ("staff", "referents", "public"):
        for state in NeedState:
            report = plant(quartier, author, category, state, visibility, original, people)
            original = report if state == NeedState.RECEIVED else original
            reports.append(report)
    for state in StoryState:
        said = "Le pain." if state == StoryState.PUBLISHED else f"canari-recit-{state}"
        told = dict.fromkeys(("title", "offered", "knocked", "learnt", "signed"), said)
        create_story(state, author=author, quartier=quartier, **told)
    Referral.objects.create(
        sent_on=TODAY, quartier=quartier, help_needed="company", author=author, person_agrees=True,
        person_name="canari-orientation", text="canari-orientation",
    )  # fmt: skip
    key = Open311Key.objects.create(name="Outil", contact_email="canari-cle@exemple.fr", key_hash="0" * 64)
    ReportOrigin.objects.create(
        report=reports[1], source="open311", tool="Outil", key=key, external_id="canari-outil"
    )
    return Town(quartier, author, reports, people)


def plant(quartier, author, category, state, visibility, original, people):
    is_public = visibility == "public" and state in PUBLISHABLE_STATES
    marked = f"{state}-{visibility}"
    report = create_report(
        state,
        quartier=quartier,
        author=author,
        category=category,
        visibility=visibility,
        text=f"canari-texte-{marked}",
        street="Rue basse" if is_public else f"canari-rue-{marked}",
        public_summary="Le banc sera réparé." if is_public else f"canari-resume-{marked}",
        longitude=-1.2 if is_public else -1.234567,
        latitude=48.1 if is_public else 48.123456,
        **({"canonical": original} if state == NeedState.DUPLICATE else {}),
    )
    report.state_changes.create(
        from_state="filed", to_state=state, at=NOW, by=author, reason=f"canari-motif-{marked}"
    )
    report.steps.create(state=state, text="Bonjour." if is_public else f"canari-etape-{marked}", at=NOW)
    InternalNote.objects.create(report=report, text=f"canari-note-{marked}", at=NOW, by=people["agent"])
    ReportPhoto.objects.create(
        report=report, image=ContentFile(PHOTO, "canari.jpg"), description="canari-photo", is_public=False
    )
    Supporter.objects.create(report=report, user=people["neighbour"])
    return report


def singing(said, address):
    """The private words in an answer, but for those that the visitor had typed in the address."""
    return set(map(str.lower, CANARY.findall(said.replace(address, ""))))


def may_hear(town, who, address, word):
    """Whether this visitor may read this private word at this address. The name of who reported: nobody."""
    moderates = who in READERS and address.startswith("/gestion/quartiers/story/")
    if word.startswith(("canariette", "canarison", "99")):
        return moderates and word.startswith("canari")  # who told it, for those who read it first
    if "canari-recit" in word:
        return moderates
    if "canari-orientation" in word:
        return who == "ccas" and address.startswith("/gestion/quartiers/referral/")
    report = report_at(town, address)
    if report is None or report.state == NeedState.DRAFT:
        return False
    is_desk = address.startswith("/gestion/")
    if who in READERS:
        alike = is_desk and "/faire/doublon/" in address and word.startswith(("canari-rue", "canari-resume"))
        return alike or word in POINT or word.startswith("canari-photo") or is_about(word, report, WORDS)
    is_shared = report.visibility == "referents" and report.state in PUBLISHABLE_STATES
    if who == "referent":
        return is_shared and not is_desk and is_about(word, report, (*SHARED, "canari-rue"))
    if who == "civic_service":
        return is_shared and is_desk and is_about(word, report, SHARED)
    return False


def is_about(word, report, kinds):
    """Planted in this very report, in one of these fields."""
    return word in {f"{kind}-{report.state}-{report.visibility}" for kind in kinds}


def report_at(town, address):
    found = re.search(r"/(?:remontees|needreport)/(\d+)/", address)
    if found is None:
        return None
    return next((report for report in town.reports if report.pk == int(found[1])), None)
