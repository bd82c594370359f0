"""Everything the site holds about one person, as titled tables of plain values: for page and ZIP."""

import io
import json
import zipfile
from dataclasses import dataclass, field

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db.models import Q
from django.template.loader import render_to_string

from missions.models import (
    Detail,
    DisclosureLog,
    Group,
    HelpOffer,
    Invitation,
    Message,
    Mission,
    RequestDraft,
    Signup,
    Suspension,
    Tally,
    Thanks,
    ThanksState,
)
from quartiers.models import Mandate, NeedReport, Reaction, Referral, Story, Supporter
from vitre_civique.accounts.models import GuardianConsent, RoleChange
from vitre_civique.lib import french
from vitre_civique.lib.months import local_day
from vitre_civique.notifications.models import Notification, Preference
from vitre_civique.problems.models import Problem
from volunteers.availability import in_words
from volunteers.models import HelpKind, HourEntry, Pledge, SkippedMonth, Volunteer

SETTLED = {None: "", True: "oui", False: "non"}


@dataclass(frozen=True)
class Section:
    """A titled table: `columns` are French words, each row has one plain text per column."""

    key: str
    title: str
    columns: list
    rows: list = field(default_factory=list)

    @property
    def items(self):
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


def sections_of(user):
    """Every section that has something in it, in the order a person would ask."""
    volunteer = Volunteer.objects.select_related("quartier").filter(user=user).first()
    made = [*account_sections(user), *volunteer_sections(volunteer), *mission_sections(user, volunteer)]
    made += [*story_sections(user), *neighbour_sections(user), *message_sections(user)]
    return [section for section in made if section.rows]


def account_sections(user):
    yield Section(
        "account",
        "Votre compte",
        ["Information", "Ce que nous gardons"],
        [[label, plain(value)] for label, value in account_rows(user) if value not in (None, "")],
    )
    emails = EmailAddress.objects.filter(user=user).order_by("id")
    yield table("emails", "Adresses e-mail", ["Adresse", "Vérifiée"], emails.values_list("email", "verified"))
    devices = UserSession.objects.filter(user=user).order_by("id")
    columns = ["Depuis le", "Vu le", "Adresse IP", "Navigateur"]
    fields = ("created_at", "last_seen_at", "ip", "user_agent")
    yield table("sessions", "Appareils connectés", columns, devices.values_list(*fields))
    means = (
        Authenticator.objects.filter(user=user)
        .order_by("id")
        .values_list("type", "created_at", "last_used_at")
    )
    words = dict(Authenticator.Type.choices)
    rows = [(str(words.get(kind, kind)), made, used) for kind, made, used in means]
    yield table("sign_in", "Moyens de connexion", ["Moyen", "Ajouté le", "Utilisé le"], rows)
    consents = GuardianConsent.objects.filter(minor=user).order_by("id")
    fields = ("guardian_name", "guardian_email", "given_at", "revoked_at")
    columns = ["Représentant légal", "Son e-mail", "Donné le", "Retiré le"]
    yield table("consents", "Accords d’un parent", columns, consents.values_list(*fields))
    roles = RoleChange.objects.filter(user=user).order_by("at", "id").values_list("role", "is_granted", "at")
    yield table("roles", "Rôles à la mairie", ["Rôle", "Donné", "Le"], roles)
    mandates = Mandate.objects.filter(referent=user).order_by("from_on", "id")
    fields = ("quartier__name", "from_on", "until", "charter_signed_on")
    columns = ["Quartier", "À partir du", "Jusqu’au", "Charte signée le"]
    yield table("mandates", "Mandats de référent", columns, mandates.values_list(*fields))


def account_rows(user):
    return [
        ("Prénom", user.first_name),
        ("Nom", user.last_name),
        ("Adresse e-mail", user.email),
        ("Téléphone", user.phone),
        ("Adresse postale", user.postal_address),
        ("Vous joindre", user.get_preferred_channel_display()),
        ("Inscription", user.get_origin_display()),
        ("Inscrit le", user.date_joined),
        ("Dernière connexion", user.last_login),
        ("Date de naissance (mineurs)", user.birth_date),
        ("Se déclare majeur le", user.declared_adult_on),
        ("E-mails suspendus le", user.email_suspended_at),
    ]


def volunteer_sections(volunteer):
    if volunteer is None:
        return
    yield Section(
        "volunteer",
        "Votre profil de volontaire",
        ["Information", "Ce que nous gardons"],
        [[label, plain(value)] for label, value in volunteer_rows(volunteer)],
    )
    pledges = Pledge.objects.filter(volunteer=volunteer).order_by("id")
    fields = ("made_at", "minutes_per_month", "from_month", "until_month")
    columns = ["Promis le", "Minutes par mois", "À partir de", "Jusqu’à"]
    yield table("pledges", "Vos promesses", columns, pledges.values_list(*fields))
    skipped = (
        SkippedMonth.objects.filter(volunteer=volunteer).order_by("month").values_list("month", "made_at")
    )
    yield table("skipped", "Mois passés", ["Mois", "Noté le"], [(french.month(m), at) for m, at in skipped])
    entries = HourEntry.objects.filter(volunteer=volunteer).order_by("id")
    rows = [
        (french.month(e.month), e.minutes, e.get_source_display(), e.label, e.reason, e.entered_at)
        for e in entries
    ]
    columns = ["Mois", "Minutes", "Origine", "Intitulé", "Motif", "Écrit le"]
    yield table("hours", "Vos heures données", columns, rows)


def volunteer_rows(volunteer):
    return [
        ("Quartier", volunteer.quartier.name if volunteer.quartier else "Je ne sais pas"),
        ("Jusqu’où", volunteer.get_reach_display()),
        ("Ce que j’aime faire", ", ".join(HelpKind(kind).label for kind in volunteer.kinds)),
        ("Ce que je ne fais pas", volunteer.wont_do),
        ("Mes moments", in_words(volunteer.availability)),
        ("En pause jusqu’au", volunteer.paused_until),
        ("Arrêté le", volunteer.stopped_at),
        ("Charte acceptée", volunteer.charter_version),
        ("Acceptée le", volunteer.charter_accepted_at),
        ("Première rencontre le", volunteer.first_meeting_on),
    ]


def mission_sections(user, volunteer):
    signups = Signup.objects.filter(volunteer=volunteer).select_related("slot__mission") if volunteer else []
    rows = [
        (
            one.reference,
            one.slot.mission.title,
            french.span(one.starts_at, one.ends_at),
            one.get_state_display(),
            one.minutes,
            one.coming_said_at,
            one.withdraw_reason,
        )
        for one in signups
    ]
    columns = ["Référence", "Mission", "Quand", "État", "Minutes", "Redit oui le", "Raison du désistement"]
    yield table("signups", "Vos inscriptions", columns, rows)
    asked = Invitation.objects.filter(volunteer__user=user).select_related("slot__mission").order_by("id")
    rows = [
        (one.slot.mission.title, one.get_state_display(), one.sent_at, ", ".join(one.reasons))
        for one in asked
    ]
    columns = ["Mission", "État", "Envoyée le", "Pourquoi vous"]
    yield table("invitations", "Vos invitations", columns, rows)
    offered = HelpOffer.objects.for_my_offers(user)
    rows = [
        (one.title, one.text, one.when_text, one.quartier.name, one.get_state_display(), one.submitted_at)
        for one in offered
    ]
    columns = ["Offre", "Texte", "Quand", "Quartier", "État", "Envoyée le"]
    yield table("help_offers", "Vos offres d’aide", columns, rows)
    led = Group.objects.filter(leader__user=user).values_list("name", "young_count", "approved_at")
    yield table("groups", "Vos groupes", ["Groupe", "Jeunes", "Accepté le"], led)
    own = Mission.objects.filter(Q(proposed_by=user) | Q(beneficiary=user)).select_related("private_place")
    rows = [
        (one.title, one.public_text, private_words(one, user), one.get_state_display(), one.created_at)
        for one in own
    ]
    columns = ["Titre", "Texte", "Adresse privée", "État", "Créée le"]
    yield table("missions", "Coups de main proposés ou demandés", columns, rows)
    yield tallies_of(user)
    reports = NeedReport.objects.filter(author=user).select_related("category").order_by("id")
    rows = [(r.reference, str(r.category or ""), r.street, r.text, r.get_state_display()) for r in reports]
    columns = ["Référence", "Catégorie", "Rue ou repère", "Ce que j’ai vu", "État"]
    yield table("reports", "Besoins signalés", columns, rows)


def tallies_of(user):
    counted = Tally.objects.filter(by=user).select_related("point__collection").order_by("at", "id")
    rows = [
        (
            one.at,
            one.point.collection.title,
            one.point.public_place,
            one.get_kind_display(),
            one.count,
            one.note or one.reason,
        )
        for one in counted
    ]
    columns = ["Le", "Collecte", "Lieu", "Quoi", "Nombre", "Mot ou motif"]
    return table("tallies", "Comptages de collectes", columns, rows)


def story_sections(user):
    told = Story.objects.filter(author=user).order_by("id")
    fields = ("submitted_at", "quartier__name", "title", "offered", "knocked", "learnt", "signed")
    columns = ["Envoyé le", "Quartier", "Titre", "Proposé", "Toqué", "Retenu", "Signé"]
    yield table("stories", "Vos récits", columns, told.values_list(*fields))
    said = Reaction.objects.filter(user=user).select_related("story").order_by("id")
    rows = [(reaction.story.title, reaction.get_kind_display(), reaction.at) for reaction in said]
    yield table("reactions", "Vos réactions aux récits", ["Récit", "Réaction", "Le"], rows)
    followed = Supporter.objects.filter(user=user).select_related("report").order_by("id")
    rows = [(each.report.reference, each.at, SETTLED[each.is_settled]) for each in followed]
    yield table("supports", "Besoins que vous suivez", ["Référence", "Depuis le", "Réglé selon vous"], rows)
    # What was written is about somebody else, and read by the CCAS alone.
    sent = Referral.objects.filter(author=user).order_by("id").values_list("sent_on", "quartier__name")
    yield table("referrals", "Personnes orientées vers le CCAS", ["Le", "Quartier"], sent)


def private_words(mission, user):
    """The address is data of the person helped; of the proposer only while nobody else is."""
    if mission.beneficiary_id not in (None, user.pk):
        return ""
    place = getattr(mission, "private_place", None)
    return " – ".join(filter(None, [place.address, place.phone, place.instructions])) if place else ""


def neighbour_sections(user):
    """Between neighbours: what the person wrote, and when their own details were shown to the other side."""
    written = Message.objects.filter(author=user).order_by("id").values_list("sent_at", "text")
    yield table("written", "Messages écrits à un voisin", ["Le", "Message"], written)
    thanked = Thanks.objects.filter(author=user).order_by("id").values_list("written_at", "text")
    yield table("thanks_written", "Mots de merci écrits", ["Le", "Mot"], thanked)
    received = Thanks.objects.filter(recipient=user, state=ThanksState.PASSED_ON).order_by("id")
    fields = ("passed_on_at", "text")
    yield table("thanks_received", "Mots de merci reçus", ["Le", "Mot"], received.values_list(*fields))
    own = Q(introduction__signup__volunteer__user=user)
    own |= Q(introduction__signup__slot__mission__beneficiary=user)
    own |= Q(introduction__signup__slot__mission__proposed_by=user)
    shown = DisclosureLog.objects.filter(own).exclude(viewer=user).order_by("at", "id")
    rows = [
        (one.at, one.get_how_display(), ", ".join(Detail(name).label for name in one.details))
        for one in shown
    ]
    columns = ["Le", "Comment", "Ce qui a été montré"]
    yield table("shown", "Quand vos coordonnées ont été montrées", columns, rows)
    drafts = RequestDraft.objects.filter(owner=user).order_by("id")
    rows = [(one.created_at, one.expires_at, words_of(one.answers)) for one in drafts]
    columns = ["Commencée le", "Gardée jusqu’au", "Réponses"]
    yield table("drafts", "Demandes en cours d’écriture", columns, rows)
    stopped = Suspension.objects.filter(person=user).order_by("id")
    columns = ["Depuis le", "Jusqu’au", "Raison", "Votre réponse"]
    fields = ("from_at", "until_on", "reason", "appeal")
    yield table("suspensions", "Suspensions", columns, stopped.values_list(*fields))


def words_of(answers):
    """The free text of a draft's answers, on one line."""
    what, where, who = (answers.get(step, {}) for step in ("what", "where", "who"))
    words = [who.get("first_name"), what.get("text"), where.get("address"), where.get("instructions")]
    return " – ".join(filter(None, words))


def message_sections(user):
    sent = Notification.objects.filter(recipient=user).order_by("id")
    rows = [(n.kind, n.get_channel_display(), n.get_state_display(), n.created_at, n.sent_at) for n in sent]
    yield table("messages", "Messages", ["Genre", "Voie", "État", "Créé le", "Envoyé le"], rows)
    chosen = Preference.objects.filter(user=user).order_by("kind")
    rows = [(one.kind, one.get_rhythm_display(), one.changed_at) for one in chosen]
    told = Problem.objects.filter(user=user).order_by("id")
    fields = ("received_at", "page", "text", "answer")
    columns = ["Le", "Page", "Ce que vous avez écrit", "Notre réponse"]
    yield table("problems", "Problèmes signalés", columns, told.values_list(*fields))
    yield table("preferences", "Préférences de messages", ["Genre", "Rythme", "Changé le"], rows)


def table(key, title, columns, rows):
    return Section(key, title, columns, [[plain(value) for value in row] for row in rows])


def plain(value):
    """A value in words: dates in French, « oui » and « non », nothing as an empty text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "oui" if value else "non"
    if hasattr(value, "hour"):
        return french.moment(value)
    return french.day(value) if hasattr(value, "toordinal") else str(value)


def archive(user, *, now):
    """The bytes of a ZIP: `mes-donnees.json` for machines, `mes-donnees.html` to read."""
    sections = sections_of(user)
    data = {section.key: {"titre": section.title, "lignes": section.items} for section in sections}
    page = render_to_string(
        "personal_data/archive.html", {"sections": sections, "on": french.day(local_day(now))}
    )
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as folder:
        folder.writestr("mes-donnees.json", json.dumps(data, ensure_ascii=False, indent=2))
        folder.writestr("mes-donnees.html", page)
    return packed.getvalue()
