"""Erasing a person: canary words in every text field about them, then none in any table (DP-11)."""

import io
import json
import threading
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.postgres.fields import ArrayField
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connection, models, transaction
from django.test import Client
from django.utils import timezone

from missions.eligibility import GONE
from missions.erasure import erase_person, type_of
from missions.models import (
    Block,
    CalendarFeed,
    DisclosureLog,
    HelpOffer,
    Invitation,
    Message,
    Mission,
    PrivatePlace,
    RequestDraft,
    Signup,
    Slot,
    Suspension,
    Tally,
    Thanks,
    Thread,
)
from missions.signups import NotAllowed, sign_up
from quartiers.models import Mandate, NeedReport, Reaction, Referral, ReportPhoto, Story
from tests.factories import (
    create_introduction,
    create_mission,
    create_point,
    create_quartier,
    create_signup,
    create_slot,
    create_tally,
    create_user,
    create_volunteer,
)
from tests.volunteers.test_hours import at_once
from vitre_civique.accounts.models import ErasedPerson, GuardianConsent, RoleChange, User
from vitre_civique.notifications.models import Notification, Preference
from vitre_civique.problems import reporting
from vitre_civique.problems.models import Problem
from volunteers import hours
from volunteers.models import HourEntry, SkippedMonth, Volunteer

pytestmark = pytest.mark.django_db

# Every text column that may speak of a person. A new one fails `test_each_text_field_is_sorted` until it is
# planted below (then erased), or written in ABOUT_OTHER_THINGS.
ABOUT_A_PERSON = {
    "accounts.User": {
        "password",
        "email",
        "phone",
        "first_name",
        "last_name",
        "postal_address",
        "search_text",
    },
    "accounts.GuardianConsent": {"guardian_name", "guardian_email", "code_hash"},
    "notifications.Notification": {"to_email", "dedupe_key", "data", "message_id", "last_error"},
    "problems.Problem": {"page", "text", "email", "answer"},
    "problems.ProblemStateChange": {"reason"},
    "quartiers.NeedReport": {"text"},
    "quartiers.NeedReportStateChange": {"reason"},
    "quartiers.ReportPhoto": {"description"},
    "quartiers.Story": {"title", "offered", "knocked", "learnt", "signed"},
    "quartiers.StoryStateChange": {"reason"},
    "quartiers.ReferralStateChange": {"reason"},
    "volunteers.Volunteer": {"wont_do"},
    "volunteers.HourEntry": {"label", "reason"},
    "missions.Mission": {
        "title",
        "public_text",
        "public_place",
        "public_reason",
        "internal_note",
        "search_text",
    },
    "missions.HistoricalMission": {
        "title",
        "public_text",
        "public_place",
        "public_reason",
        "history_change_reason",
    },
    "missions.PrivatePlace": {"address", "phone", "instructions"},
    "missions.CollectionStateChange": {"reason"},
    "missions.Tally": {"note", "reason"},
    "missions.MissionStateChange": {"reason"},
    "missions.Signup": {"withdraw_reason"},
    "missions.SignupStateChange": {"reason"},
    "missions.Invitation": {"reasons"},
    "missions.InvitationStateChange": {"reason"},
    "missions.CalendarFeed": {"token"},
    "missions.HelpOffer": {"text", "when_text"},
    "missions.HelpOfferStateChange": {"reason"},
    "missions.IntroductionStateChange": {"reason"},
    "missions.Message": {"text"},
    "missions.RequestDraft": {"answers"},
    "missions.Suspension": {"reason", "appeal"},
    "missions.Thanks": {"text"},
    "missions.ThanksStateChange": {"reason"},
    "missions.Thread": {"report_reason"},
    "account.EmailAddress": {"email"},
    "mfa.Authenticator": {"data"},
    "usersessions.UserSession": {"session_key", "user_agent", "data"},
    "sessions.Session": {"session_data"},
    "admin.LogEntry": {"object_repr", "change_message"},
}
COLLECTION_WORDS = {
    "title",
    "slug",
    "public_text",
    "what_to_bring",
    "what_not_to_bring",
    "unit_one",
    "unit_many",
    "public_reason",
}
ABOUT_OTHER_THINGS = {
    "quartiers.InternalNote": {"text"},  # about a place, at work
    "quartiers.StandardAnswer": {"title", "text"},
    "accounts.ExportLog": {"subject", "file_format", "reason"},  # an agent's act at work, kept as evidence
    "accounts.PreparedFile": {"source", "name", "file_format"},  # the row goes with the person
    "accounts.RoleChange": {"role"},  # the row goes with the person
    "notifications.Notification": {"kind"},
    "notifications.Heartbeat": {"name"},
    "notifications.EditorialFreeze": {"reason"},  # an election
    "notifications.Preference": {"kind"},
    "problems.ProblemStateChange": {"from_state", "to_state"},
    "quartiers.ServiceInCharge": {"name", "email"},
    "quartiers.Category": {"code", "name", "hint", "emergency_note"},
    # A need of a place stays, in the words the town accepted (DP-13).
    "quartiers.NeedReport": {"street", "public_summary", "forwarded_to", "search_text"},
    "quartiers.NeedReportStateChange": {"from_state", "to_state"},
    "quartiers.PublicStep": {"text"},
    "quartiers.StoryStateChange": {"from_state", "to_state"},
    "quartiers.ReferralStateChange": {"from_state", "to_state"},
    "quartiers.Referral": {"person_name", "text"},  # about somebody else; emptied by its own clock
    "quartiers.Open311Key": {"name", "contact_email", "key_hash", "key_start"},
    "quartiers.ReportOrigin": {"tool", "external_id"},
    "quartiers.ReportImport": {"tool", "rows"},  # waits for its confirmation, a week at most
    "quartiers.Quartier": {"name", "slug", "boundary"},
    "quartiers.HistoricalQuartier": {"name", "slug", "boundary", "history_change_reason"},
    "volunteers.Prerequisite": {"name", "explanation"},
    "volunteers.Volunteer": {"charter_version"},
    "volunteers.HourEntry": {"subject"},
    "missions.Gesture": {"name", "hint", "icon", "search_text"},
    "missions.HistoricalGesture": {"name", "hint", "icon", "history_change_reason"},
    # People of associations are the associations' to change: agents edit them.
    "missions.Association": {"name", "purpose", "contact_name", "contact_email", "contact_phone"},
    "missions.HistoricalAssociation": {"name", "purpose", "history_change_reason"},
    "missions.HistoricalSlot": {"history_change_reason"},
    # A collection is the town's: public words, like those of a page.
    "missions.Collection": COLLECTION_WORDS,
    "missions.HistoricalCollection": COLLECTION_WORDS | {"history_change_reason"},
    "missions.CollectionStateChange": {"from_state", "to_state"},
    "missions.DropOffPoint": {"public_place"},
    "missions.MissionStateChange": {"from_state", "to_state"},
    "missions.HelpOfferStateChange": {"from_state", "to_state"},
    "missions.Group": {"name"},  # screened: names of people have no place in it
    "missions.Introduction": {"code"},
    "missions.IntroductionStateChange": {"from_state", "to_state"},
    "missions.RequestDraft": {"code"},  # the row goes with the person
    "missions.SignupStateChange": {"from_state", "to_state"},
    "missions.ThanksStateChange": {"from_state", "to_state"},
    "missions.InvitationStateChange": {"from_state", "to_state"},
    "account.EmailConfirmation": {"key"},
    "admin.LogEntry": {"object_id"},
    "auth.Permission": {"name", "codename"},
    "auth.Group": {"name"},
    "contenttypes.ContentType": {"app_label", "model"},
    "sessions.Session": {"session_key"},
}
# Tables that point at a person and whose rows may stay, because the person's row is emptied.
MAY_POINT_AT_AN_EMPTIED_ROW = {
    "missions.MissionReport.by",
    "quartiers.AuthorLook.by",
    "quartiers.InternalNote.by",
    "quartiers.Routing.person",
    "quartiers.ServiceLink.created_by",
    "accounts.User.created_by",
    "accounts.GuardianConsent.recorded_by",
    "accounts.ExportLog.by",
    "accounts.MergedPerson.by",
    "accounts.MergedPerson.kept",  # two numbers and a date, like ErasedPerson
    "accounts.RoleChange.by",
    "notifications.EditorialFreeze.made_by",
    "quartiers.ServiceInCharge.fallback",
    "quartiers.NeedReport.assigned_to",
    "quartiers.PublicStep.by",
    "quartiers.HistoricalQuartier.history_user",
    "quartiers.Mandate.appointed_by",
    "quartiers.Open311Key.created_by",
    "quartiers.ReportImport.made_by",
    "missions.HistoricalGesture.history_user",
    "missions.HistoricalAssociation.history_user",
    "missions.HistoricalMission.history_user",
    "missions.HistoricalMission.created_by",
    "missions.HistoricalSlot.history_user",
    "missions.HistoricalCollection.history_user",
    "missions.HistoricalCollection.created_by",
    "missions.Collection.created_by",
    "missions.Group.approved_by",
    "missions.Series.made_by",
    "missions.Mission.created_by",
    "missions.Invitation.proposed_by",
    "missions.Signup.made_by",
    "missions.Introduction.answered_by",
    "missions.DisclosureLog.told_by",
    "missions.Suspension.by",
    "admin.LogEntry.user",
}
EMPTIED_OR_GONE = {
    "accounts.User_groups.user",
    "accounts.User_user_permissions.user",
    "accounts.GuardianConsent.minor",
    "accounts.RoleChange.user",
    "accounts.PreparedFile.by",
    "notifications.Notification.recipient",
    "notifications.Preference.user",
    "problems.Problem.user",
    "problems.ProblemStateChange.by",
    "quartiers.NeedReport.author",
    "quartiers.NeedReportStateChange.by",
    "quartiers.Supporter.user",
    "quartiers.Mandate.referent",
    "quartiers.Story.author",
    "quartiers.StoryStateChange.by",
    "quartiers.Reaction.user",
    "quartiers.Referral.author",
    "quartiers.ReferralStateChange.by",
    "volunteers.Volunteer.user",
    "volunteers.HourEntry.entered_by",
    "missions.Mission.proposed_by",
    "missions.Mission.beneficiary",
    "missions.MissionStateChange.by",
    "missions.CollectionStateChange.by",
    "missions.Tally.by",
    "missions.SignupStateChange.by",
    "missions.InvitationStateChange.by",
    "missions.CalendarFeed.user",
    "missions.Block.blocked",
    "missions.Block.blocker",
    "missions.DisclosureLog.viewer",
    "missions.HelpOfferStateChange.by",
    "missions.IntroductionStateChange.by",
    "missions.Message.author",
    "missions.RequestDraft.owner",
    "missions.Suspension.person",
    "missions.Thanks.author",
    "missions.Thanks.recipient",
    "missions.ThanksStateChange.by",
    "missions.Thread.reported_by",
    "account.EmailAddress.user",
    "mfa.Authenticator.user",
    "usersessions.UserSession.user",
}


def is_free_text(field):
    text = isinstance(field, models.CharField | models.TextField | models.JSONField | models.FileField)
    text = text or isinstance(getattr(field, "output_field", None), models.TextField)
    if isinstance(field, ArrayField):
        return is_free_text(field.base_field)
    return text and not field.choices and not isinstance(field, models.FileField)


def all_models():
    return apps.get_models(include_auto_created=True)


def test_each_text_field_is_sorted():
    found = {}
    for model in all_models():
        names = {field.name for field in model._meta.concrete_fields if is_free_text(field)}
        if names:
            found[model._meta.label] = names
    sorted_fields = {
        label: ABOUT_A_PERSON.get(label, set()) | ABOUT_OTHER_THINGS.get(label, set())
        for label in {*ABOUT_A_PERSON, *ABOUT_OTHER_THINGS}
    }
    assert found == sorted_fields


def test_each_link_to_a_person_is_sorted():
    found = {
        f"{model._meta.label}.{field.name}"
        for model in all_models()
        for field in model._meta.concrete_fields
        if isinstance(field, models.ForeignKey) and field.related_model is User
    }
    assert found == MAY_POINT_AT_AN_EMPTIED_ROW | EMPTIED_OR_GONE


def dump():
    """Every row of every table of the database as text, by table."""
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        rows = {}
        for table in tables:
            cursor.execute(f'SELECT t::text FROM "{table}" t')  # noqa: S608 (names come from the database)
            rows[table] = [row[0] for row in cursor.fetchall()]
    return rows


def tables_with(word):
    return sorted(table for table, rows in dump().items() if any(word.lower() in row.lower() for row in rows))


NOW = timezone.now()
CANARY = "kanariqx"


def plant():
    """One person with CANARY in each field of ABOUT_A_PERSON; gives the person."""
    agent = create_user(is_staff=True)
    user = create_user(
        email=f"{CANARY}@exemple.fr",
        first_name=CANARY,
        last_name=f"De {CANARY}",
        postal_address=f"1 rue {CANARY}",
        phone="+33699112233",
    )
    user.password = f"argon2${CANARY}"
    user.save()
    plant_account(user, agent)
    plant_help(user, agent)
    plant_conversation(user, agent)
    plant_volunteer(user, agent)
    plant_report(user, agent)
    plant_story(user, agent)
    plant_collection(user)
    return user


def plant_account(user, agent):
    consent = GuardianConsent.objects.create(
        minor=user,
        guardian_name=CANARY,
        guardian_email=f"p{CANARY}@exemple.fr",
        method="email",
        code_hash=CANARY,
    )
    Notification.objects.create(
        recipient=user,
        kind="x",
        dedupe_key=CANARY,
        data={"x": CANARY},
        due_at=NOW,
        message_id=CANARY,
        last_error=CANARY,
    )
    Notification.objects.create(
        to_email=f"p{CANARY}@exemple.fr", kind="y", dedupe_key="y", data={"consent": consent.pk}, due_at=NOW
    )
    Preference.objects.create(user=user, kind="x", rhythm="never")
    RoleChange.objects.create(user=user, role="agent", is_granted=True, by=agent, at=NOW)
    CalendarFeed.objects.create(user=user, token=CANARY)
    EmailAddress.objects.create(user=user, email=user.email, verified=True)
    Authenticator.objects.create(user=user, type="totp", data={"secret": CANARY})
    client = Client()
    client.force_login(user)
    session = client.session
    session["pledge_draft"] = {"what": {"wont_do": CANARY}}
    session.save()
    key = f"{CANARY}-key"
    UserSession.objects.create(
        user=user, session_key=key, user_agent=CANARY, data={"x": CANARY}, ip="192.0.2.1"
    )
    Mandate.objects.create(referent=user, quartier=create_quartier(), from_on=NOW.date(), appointed_by=agent)
    for model, pk in ((User, user.pk), (Mandate, 1)):
        LogEntry.objects.create(
            user=agent,
            content_type=type_of(model),
            object_id=str(pk),
            object_repr=str(user),
            action_flag=CHANGE,
            change_message=json.dumps([{"changed": {"name": "mandat", "object": str(user)}}]),
        )


def plant_help(user, agent):
    """A past walk asked for by the person, in which a neighbour gave an hour."""
    mission = create_mission(
        kind="interpersonal",
        help_kind="company",
        organiser="resident",
        proposed_by=user,
        beneficiary=user,
        title=f"Se promener avec {CANARY}",
        public_text=CANARY,
        public_place=CANARY,
        public_reason=CANARY,
        internal_note=CANARY,
        state="done",
    )
    PrivatePlace.objects.create(mission=mission, address=CANARY, phone="0600000000", instructions=CANARY)
    mission.state_changes.create(to_state="done", at=NOW, by=user, reason=CANARY)
    Mission.history.filter(id=mission.pk).update(history_change_reason=CANARY)
    signup = create_signup(
        create_slot(mission, starts_at=NOW - timedelta(days=9)), state="attended", minutes=60
    )
    hours.enter_signup_minutes(
        signup.volunteer,
        minutes=60,
        starts_at=signup.starts_at,
        subject=f"signup-{signup.pk}",
        label=mission.title,
        by=user,
    )


def plant_conversation(user, agent):
    """On both sides of an introduction: what was written, shown, reported, answered."""
    mission = Mission.objects.get(beneficiary=user)
    signup = Signup.objects.get(slot__mission=mission)
    row = create_introduction(signup, state="closed", neighbour_shares=["phone"])
    row.state_changes.create(to_state="revoked", at=NOW, by=user, reason=CANARY)
    thread = Thread.objects.create(
        introduction=row, created_at=NOW, reported_at=NOW, reported_by=user, report_reason=CANARY
    )
    thread.messages.create(author=user, text=CANARY, sent_at=NOW)
    thread.messages.create(author=signup.volunteer.user, text="Bonjour, je viens à 14 h.", sent_at=NOW)
    DisclosureLog.objects.create(introduction=row, viewer=user, how="page", details=["phone"], at=NOW)
    Block.objects.create(blocker=user, blocked=signup.volunteer.user, at=NOW)
    Block.objects.create(blocker=signup.volunteer.user, blocked=user, at=NOW)
    Suspension.objects.create(person=user, by=agent, reason=CANARY, appeal=CANARY, from_at=NOW)
    people = {"author": user, "recipient": signup.volunteer.user}
    thanks = Thanks.objects.create(signup=signup, side="neighbour", text=CANARY, written_at=NOW, **people)
    thanks.state_changes.create(to_state="refused", at=NOW, by=user, reason=CANARY)
    answers = {"what": {"text": CANARY}}
    RequestDraft.objects.create(
        owner=user, answers=answers, created_at=NOW, expires_at=NOW + timedelta(days=7)
    )


def plant_volunteer(user, agent):
    volunteer = create_volunteer(user=user, wont_do=CANARY, quartier=create_quartier(name="Témoin"))
    SkippedMonth.objects.create(volunteer=volunteer, month=NOW.date().replace(day=1))
    past = create_slot(starts_at=NOW - timedelta(days=5))
    signup = create_signup(past, volunteer, state="withdrawn", withdraw_reason=CANARY, made_by=user)
    signup.state_changes.create(to_state="withdrawn", at=NOW, by=user, reason=CANARY)
    offer = HelpOffer.objects.create(
        volunteer=volunteer,
        quartier=volunteer.quartier,
        help_kind="company",
        text=CANARY,
        when_text=CANARY,
        submitted_at=NOW,
    )
    offer.state_changes.create(to_state="refused", at=NOW, by=user, reason=CANARY)
    month = NOW.date().replace(day=1)
    invitation = Invitation.objects.create(
        mission=past.mission, slot=past, volunteer=volunteer, month=month, proposed_at=NOW, reasons=[CANARY]
    )
    invitation.state_changes.create(to_state="proposed", at=NOW, by=user, reason=CANARY)
    entry = hours.declare(volunteer, month=month, minutes=45, label=CANARY, by=user, now=NOW)
    hours.correct(entry, minutes=30, reason=f"{CANARY} est parti tôt", by=agent)


def plant_report(user, agent):
    told = {"kind": "fault", "page": CANARY, "text": CANARY, "answer": CANARY}
    problem = Problem.objects.create(user=user, received_at=NOW, due_on=NOW.date(), **told)
    problem.state_changes.create(to_state="received", at=NOW, by=user, reason=CANARY)
    unsigned = {"kind": "fault", "page": CANARY, "text": CANARY, "user": None}
    reporting.report(**unsigned, email=f"{CANARY.upper()}@exemple.fr", now=NOW)
    draft = NeedReport.objects.create(author=user, text=CANARY, state="draft")
    kept = NeedReport.objects.create(author=user, text=CANARY, state="withdrawn", public_summary=CANARY)
    for report in (draft, kept):
        report.state_changes.create(to_state="withdrawn", at=NOW, by=user, reason=CANARY)
        ReportPhoto.objects.create(report=report, image="x.jpg", description=CANARY)


def plant_collection(user):
    """What the person counted at the door, with a word, and corrected, with a reason."""
    point = create_point()
    point.collection.state_changes.create(to_state="published", at=NOW, by=user, reason=CANARY)
    counted = create_tally(point, count=12, by=user, note=CANARY)
    create_tally(point, count=-2, by=user, corrects=counted, reason=CANARY)


def plant_story(user, agent):
    texts = dict.fromkeys(("title", "offered", "knocked", "learnt", "signed"), CANARY)
    quartier = create_quartier()
    own = Story.objects.create(author=user, quartier=quartier, has_consent=True, submitted_at=NOW, **texts)
    own.state_changes.create(to_state="refused", at=NOW, by=agent, reason=CANARY)
    other = Story.objects.create(author=agent, quartier=quartier, has_consent=True, submitted_at=NOW)
    Reaction.objects.create(story=other, user=user, kind="will_try", at=NOW)
    referral = Referral.objects.create(
        author=user, quartier=quartier, sent_on=NOW.date(), help_needed="company", text="Une visite."
    )
    referral.state_changes.create(to_state="taken", at=NOW, by=user, reason=CANARY)


def test_nothing_about_the_person_is_left_in_any_table():
    user = plant()
    before = tables_with(CANARY)
    planted = {apps.get_model(label)._meta.db_table for label in ABOUT_A_PERSON} - {"django_session"}
    assert set(before) == planted
    assert Session.objects.count() == 1
    assert erase_person(user, now=NOW, by=user) is True
    assert tables_with(CANARY) == []
    assert tables_with("+33699112233") == []
    assert Session.objects.count() == 0


def test_links_to_the_person_are_emptied_or_gone():
    user = plant()
    erase_person(user, now=NOW)
    left = set()
    for name in EMPTIED_OR_GONE:
        label, _, field = name.rpartition(".")
        if apps.get_model(label)._base_manager.filter(**{field: user.pk}).exists():
            left.add(name)
    assert left == set()


def test_hours_stay_in_the_figures_without_the_person():
    user = plant()
    before = list(HourEntry.objects.order_by("id").values_list("month", "minutes", "source", "quartier"))
    erase_person(user, now=NOW)
    assert (
        list(HourEntry.objects.order_by("id").values_list("month", "minutes", "source", "quartier")) == before
    )
    lines = HourEntry.objects.order_by("id")
    assert [(line.volunteer is None, line.label, line.reason) for line in lines] == [
        (False, "Coup de main", ""),  # the neighbour keeps the hour, without the name in its title
        (True, "", ""),
        (True, "", "effacé"),
    ]


def test_what_the_person_counted_stays_counted():
    erase_person(plant(), now=NOW)

    assert list(Tally.objects.order_by("id").values_list("count", "by", "note", "reason")) == [
        (12, None, "", ""),
        (-2, None, "", ""),
    ]


def test_others_are_left_alone():
    other = plant_other()
    before = (
        User.objects.filter(pk=other.user_id).values().get(),
        Volunteer.objects.filter(pk=other.pk).values().get(),
    )
    erase_person(plant(), now=NOW)
    after = (
        User.objects.filter(pk=other.user_id).values().get(),
        Volunteer.objects.filter(pk=other.pk).values().get(),
    )
    assert after == before
    assert other.hour_entries.values_list("label", "minutes").get() == ("Courses", 60)
    assert other.user.notifications.count() == 1


def plant_other():
    other = create_volunteer(wont_do="rien la nuit")
    hours.declare(other, month=NOW.date().replace(day=1), minutes=60, label="Courses", by=other.user, now=NOW)
    Notification.objects.create(recipient=other.user, kind="x", dedupe_key="other", due_at=NOW)
    return other


def test_what_was_to_come_is_withdrawn_and_the_next_in_line_told():
    slot = create_slot(starts_at=NOW + timedelta(days=3), places=1)
    leaving = create_signup(slot, create_volunteer())
    waiting = create_signup(slot, create_volunteer(), state="waiting")
    erase_person(leaving.volunteer.user, now=NOW)
    assert Signup.objects.values_list("state", "volunteer").get(pk=leaving.pk) == ("withdrawn", None)
    waiting.refresh_from_db()
    assert waiting.state == "offered"
    assert waiting.volunteer.user.notifications.values_list("kind", flat=True).get() == "place_offered"


def test_help_asked_for_is_cancelled_and_the_volunteer_told():
    user = create_user()
    mission = create_mission(kind="interpersonal", help_kind="garden", beneficiary=user, organiser="resident")
    signup = create_signup(create_slot(mission, starts_at=NOW + timedelta(days=3)))
    erase_person(user, now=NOW)
    assert Mission.objects.values_list("state", "title", "beneficiary").get() == (
        "cancelled",
        "Coup de main",
        None,
    )
    assert signup.volunteer.user.notifications.values_list("kind", flat=True).get() == "mission_cancelled"


def test_the_neighbour_keeps_their_own_words():
    erase_person(plant(), now=NOW)
    assert list(Message.objects.order_by("id").values_list("text", flat=True)) == [
        "",
        "Bonjour, je viens à 14 h.",
    ]


def test_erasing_twice_writes_one_line_and_does_nothing_more():
    user = create_user()
    assert erase_person(user, now=NOW) is True
    assert erase_person(user, now=NOW + timedelta(days=1)) is False
    assert ErasedPerson.objects.values_list("old_user_id", "erased_at", "asked").get() == (
        user.pk,
        NOW,
        "person",
    )


@pytest.mark.django_db(transaction=True)
def test_two_tabs_erasing_at_once_erase_once():
    signup = create_signup(create_slot(starts_at=NOW + timedelta(days=3)))
    user, done = signup.volunteer.user, []
    assert at_once(4, lambda n: done.append(erase_person(user, now=NOW, by=user))) == []
    assert sorted(done) == [False, False, False, True]
    assert ErasedPerson.objects.count() == 1


def blocked_or_done(thread):
    """Wait until `thread` has ended or stands before a lock."""
    while thread.is_alive():
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
        thread.join(0.02)


def in_a_thread(work):
    """(thread, outcomes): `work()` on a connection of its own; what it gave, or the exception."""
    outcomes = []

    def run():
        try:
            outcomes.append(work())
        except Exception as error:  # the test asserts on it
            outcomes.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread, outcomes


@pytest.mark.django_db(transaction=True)
def test_erasing_someone_who_is_signing_up_gives_that_place_back():
    """Else the erasure fails, or the place is held for ever by nobody."""
    volunteer, slot = create_volunteer(), create_slot(starts_at=NOW + timedelta(days=3))
    with transaction.atomic():
        signup = sign_up(volunteer, slot, now=NOW)
        thread, outcomes = in_a_thread(lambda: erase_person(volunteer.user, now=NOW))
        blocked_or_done(thread)
    thread.join()

    assert outcomes == [True]
    assert Signup.objects.values_list("state", "volunteer").get(pk=signup.pk) == ("withdrawn", None)


@pytest.mark.django_db(transaction=True)
def test_signing_up_while_being_erased_is_refused_in_words():
    volunteer, slot = create_volunteer(), create_slot(starts_at=NOW + timedelta(days=3))
    with transaction.atomic():
        erase_person(volunteer.user, now=NOW)
        thread, outcomes = in_a_thread(lambda: sign_up(volunteer, slot, now=NOW))
        blocked_or_done(thread)
    thread.join()

    assert [(type(outcome), outcome.reasons) for outcome in outcomes] == [(NotAllowed, [GONE])]
    assert Signup.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_erasing_and_signing_up_crosswise_never_deadlocks():
    """Erasing took the slots one after the other, people in between: the reverse of everybody else."""
    volunteer, other = create_volunteer(), create_volunteer()
    late = create_slot(starts_at=NOW + timedelta(days=5))
    soon = create_slot(starts_at=NOW + timedelta(days=3))
    create_signup(late, volunteer)
    create_signup(soon, volunteer)
    create_signup(late, other, state="waiting")
    create_signup(soon, other, state="waiting")
    with transaction.atomic():
        Slot.objects.select_for_update().get(pk=min(late.pk, soon.pk))
        thread, outcomes = in_a_thread(lambda: erase_person(volunteer.user, now=NOW))
        blocked_or_done(thread)
        Volunteer.objects.select_for_update().get(pk=volunteer.pk)  # as lock_slot does: slot, then people
    thread.join()

    assert outcomes == [True]


def test_someone_erased_cannot_sign_in_and_may_come_back_as_someone_new():
    user = create_user(email="anne@exemple.fr")
    erase_person(user, now=NOW)
    user.refresh_from_db()
    assert (user.is_active, user.has_usable_password(), str(user)) == (False, False, "Personne sans nom")
    assert create_user(email="anne@exemple.fr").pk != user.pk


def replay(*args):
    out = io.StringIO()
    call_command("replay_erasures", *args, stdout=out)
    return out.getvalue()


def test_erasures_are_replayed_after_a_restoration(tmp_path):
    user, kept = create_user(first_name="Anne"), create_user(first_name="Léon")
    erase_person(user, now=timezone.now())
    ledger = tmp_path / "effacements.csv"
    ledger.write_text(replay("--write"), encoding="utf-8")
    # The backup comes back: the person is there again, the ledger is not.
    User.objects.filter(pk=user.pk).update(first_name="Anne", erased_at=None, is_active=True)
    ErasedPerson.objects.all().delete()
    assert replay(str(ledger)) == "1 personne(s) effacée(s) de nouveau.\n"
    assert User.objects.values_list("first_name", "is_active").get(pk=user.pk) == ("", False)
    assert User.objects.values_list("first_name", "is_active").get(pk=kept.pk) == ("Léon", True)
    assert replay(str(ledger)) == "0 personne(s) effacée(s) de nouveau.\n"


def test_a_number_given_again_to_someone_new_is_left_alone():
    newcomer = create_user(first_name="Zoé", date_joined=NOW)
    ErasedPerson.objects.create(old_user_id=newcomer.pk, erased_at=NOW - timedelta(days=1), asked="person")
    assert replay() == "0 personne(s) effacée(s) de nouveau.\n"
    newcomer.refresh_from_db()
    assert newcomer.first_name == "Zoé"


def test_content_types_are_known():
    assert type_of(User) == ContentType.objects.get(app_label="accounts", model="user")
