"""Around the hours of the demonstration: a yes said again, words of thanks, problems told, a reserve."""

from datetime import timedelta

from missions.models import Signup, SignupState, Thanks, ThanksState, ThanksStateChange
from vitre_civique.accounts.models import Channel
from vitre_civique.lib.months import local_day, midnight
from vitre_civique.notifications.models import EditorialFreeze
from vitre_civique.notifications.outbox import notify
from vitre_civique.problems.models import Problem, ProblemState, ProblemStateChange

DAY = timedelta(days=1)
WORDS = (
    "Un grand merci, et surtout pour la conversation !",
    "Merci d’être venu si vite, cela m’a bien aidée.",
    "Merci pour cette heure : elle a passé trop vite.",
    "Merci, et à bientôt dans le quartier !",
)
PROBLEMS = (
    ("accessibility", "Missions", "Avec ma loupe d’écran, les mois du calendrier se chevauchent.", ""),
    (
        "fault",
        "Mon heure",
        "Le bouton « Noter cette heure » était sous la barre du bas de mon téléphone.",
        "C’est corrigé depuis hier : la page laisse de la place au-dessus de la barre. Merci de l’avoir dit.",
    ),
)


def seed_first_hour(today, people, signups):
    now, agent, admin = midnight(today), people.accounts["agent"], people.accounts["admin"]
    coming = [
        one for one in signups if one.state == SignupState.CONFIRMED and now < one.starts_at < now + 3 * DAY
    ]
    Signup.objects.filter(pk__in=[one.pk for one in coming[::2]]).update(coming_said_at=now - DAY / 4)
    seed_thanks(now, agent, signups)
    seed_calls_and_letters(now, signups)
    for kind, page, text, answer in PROBLEMS:
        seed_problem(now, agent, people.accounts["volontaire"], kind, page, text, answer)
    past = {"from_on": today - 400 * DAY, "until_on": today - 370 * DAY}
    EditorialFreeze.objects.create(reason="Réserve avant un scrutin", made_by=admin, **past)


def seed_thanks(now, agent, signups):
    """The last neighbours helped thank: the latest word still waits to be read."""
    helped = [
        one
        for one in signups
        if one.state == SignupState.ATTENDED and one.slot.mission.kind == "interpersonal"
        if one.slot.mission.proposed_by_id or one.slot.mission.beneficiary_id
    ]
    # The last one waits for an agent; the account of the demonstration has one to read.
    helped.sort(key=lambda one: (one.ends_at, one.pk), reverse=True)
    helped[1:] = sorted(helped[1:], key=lambda one: one.volunteer.user.email != "volontaire@exemple.fr")
    for rank, (signup, text) in enumerate(zip(helped, WORDS, strict=False)):
        mission, is_read = signup.slot.mission, rank > 0
        thanks = Thanks.objects.create(
            signup=signup,
            side="neighbour",
            author=mission.proposed_by or mission.beneficiary,
            recipient=signup.volunteer.user,
            text=text,
            state=ThanksState.PASSED_ON if is_read else ThanksState.SUBMITTED,
            written_at=signup.ends_at + DAY / 12,
            passed_on_at=signup.ends_at + DAY if is_read else None,
        )
        written = {"row": thanks, "to_state": ThanksState.SUBMITTED, "at": thanks.written_at}
        ThanksStateChange.objects.create(by=thanks.author, **written)
        if is_read:
            passed = {"from_state": ThanksState.SUBMITTED, "to_state": ThanksState.PASSED_ON}
            ThanksStateChange.objects.create(row=thanks, at=thanks.passed_on_at, by=agent, **passed)


def seed_calls_and_letters(now, signups):
    """Two of those without e-mail who are expected somewhere wait for their confirmation, by each way."""
    expected = [one for one in signups if one.state == SignupState.CONFIRMED and one.starts_at > now + DAY]
    for channel in (Channel.PHONE, Channel.POST):
        mine = [one for one in expected if one.volunteer.user.preferred_channel == channel]
        for one in sorted(mine, key=lambda one: (one.starts_at, one.pk))[:2]:
            about, data = f"signup_confirmed:{one.pk}", {"signup": one.pk}
            notify(one.volunteer.user, "signup_confirmed", about, now=now, data=data, due_at=now)


def seed_problem(now, agent, user, kind, page, text, answer):
    received_at = now - (9 if answer else 2) * DAY
    problem = Problem.objects.create(
        kind=kind,
        page=page,
        text=text,
        user=user,
        state=ProblemState.ANSWERED if answer else ProblemState.RECEIVED,
        received_at=received_at,
        due_on=local_day(received_at) + 7 * DAY,
        answer=answer,
    )
    received = {"row": problem, "to_state": ProblemState.RECEIVED, "at": received_at}
    ProblemStateChange.objects.create(by=user, **received)
    if answer:
        moved = {"from_state": ProblemState.RECEIVED, "to_state": ProblemState.ANSWERED}
        ProblemStateChange.objects.create(row=problem, at=received_at + 2 * DAY, by=agent, **moved)
