"""Rows of the outbox that the verbs of missions write: who is told, of what, under which key. No wording."""

from django.contrib.auth import get_user_model

from vitre_civique.accounts.roles import Role
from vitre_civique.notifications.outbox import notify, take_back
from volunteers.models import Volunteer

from .eligibility import who_may_not_come
from .models import HelpOfferAnswer, MissionKind, MissionState, Signup, SignupState

PROMISED = {MissionState.PUBLISHED, MissionState.SUSPENDED}  # what the neighbour has been told of


def tell_volunteer(signup, kind, *, now, detail="", expires_at=None, **data):
    """Tell the volunteer of `signup`, once per kind, signup and `detail`; an erased person of nothing."""
    if signup.volunteer is None:
        return False
    key = f"{kind}:{signup.pk}" + (f":{detail}" if detail else "")
    data = {"signup": signup.pk, **data}
    return notify(signup.volunteer.user, kind, key, now=now, data=data, expires_at=expires_at)


def tell_of_pause(mission, turn, *, now):
    """Each volunteer who has a confirmed place to come on it, once per `turn`, however many places."""
    for person in _confirmed_on(mission, now):
        data = {"mission": mission.pk, "volunteer": person.pk, "turn": turn}
        notify(person.user, "mission_paused", _pause_key(mission, turn, person), now=now, data=data)


def tell_of_resuming(mission, turn, *, now):
    """Those who were told of that pause; where nothing had left yet, neither leaves."""
    people = {_pause_key(mission, turn, person): person for person in _confirmed_on(mission, now)}
    told = take_back(list(people))
    for key, person in people.items():
        if key in told:
            data = {"mission": mission.pk, "volunteer": person.pk, "turn": turn}
            again = key.replace("mission_paused", "mission_resumed")
            notify(person.user, "mission_resumed", again, now=now, data=data)


def _confirmed_on(mission, now):
    confirmed = Signup.objects.filter(slot__mission=mission, state=SignupState.CONFIRMED, ends_at__gt=now)
    on_it = confirmed.filter(slot__cancelled_at__isnull=True).order_by().values("volunteer")
    return Volunteer.objects.filter(pk__in=on_it).select_related("user").order_by("pk")


def _pause_key(mission, turn, person):
    return f"mission_paused:{mission.pk}:{turn}:{person.pk}"


def tell_of_cancelled_signups(signups, *, now):
    """Each volunteer once for all that one click cancels: the date, or the list of them."""
    for own in _by_person(signups):
        if len(own) == 1:
            tell_volunteer(own[0], "mission_cancelled", now=now)
        else:
            _tell_of_list("slots_cancelled", own, str(own[0].pk), now=now)


def tell_of_moved_signups(moves, *, now):
    """The same of new times; `moves` are (signup, old start, old end)."""
    turn, before = f"{now.timestamp():.0f}", {signup.pk: old for signup, *old in moves}
    for own in _by_person([signup for signup, *_ in moves]):
        if len(own) == 1:
            old = (at.isoformat() for at in before[own[0].pk])
            times = dict(zip(("old_starts_at", "old_ends_at"), old, strict=True))
            tell_volunteer(own[0], "mission_changed", now=now, detail=turn, change="time", **times)
        else:
            _tell_of_list("slots_changed", own, f"{own[0].pk}:{turn}", now=now)


def _by_person(signups):
    people = {}
    for signup in signups:
        if signup.volunteer is not None:
            people.setdefault(signup.volunteer_id, []).append(signup)
    return people.values()


def _tell_of_list(kind, signups, turn, *, now):
    data = {"signups": [signup.pk for signup in signups]}
    notify(signups[0].volunteer.user, kind, f"{kind}:{turn}", now=now, data=data)


def tell_proposer(mission, kind, *, now, detail=""):
    """Tell the resident who proposed `mission`, if any, once per kind and `detail`."""
    if mission.proposed_by is None:
        return False
    key = f"{kind}:{mission.pk}" + (f":{detail}" if detail else "")
    return notify(mission.proposed_by, kind, key, now=now, data={"mission": mission.pk})


def tell_offerer(mission, *, now):
    """Tell the volunteer whose offer of help made a neighbour ask, if any, that the request is published.

    Not somebody suspended since, nor either of two of whom one has blocked the other.
    """
    born = HelpOfferAnswer.objects.filter(mission=mission).select_related("offer__volunteer__user").first()
    if born is None or who_may_not_come(mission).filter(pk=born.offer.volunteer.user_id).exists():
        return False
    data = {"mission": mission.pk, "help_offer": born.offer_id}
    return notify(
        born.offer.volunteer.user,
        "help_offer_answered",
        f"help_offer_answered:{mission.pk}",
        now=now,
        data=data,
    )


def tell_of_late_withdrawal(signup, mission, *, now):
    """Each agent, and who counts on it, at once: someone is waiting at the door.

    Between neighbours the person helped and whoever asked for them are told in their own words, by their own
    channel (the call list for most); elsewhere the resident who proposed the mission reads what agents read.
    """
    _tell_each(signup, agents(), "late_withdrawal", now=now)
    if mission.kind == MissionKind.INTERPERSONAL:
        tell_waiting_neighbour(signup, mission, now=now)
    else:
        _tell_each(signup, [mission.proposed_by], "late_withdrawal", now=now)


def tell_waiting_neighbour(signup, mission, *, now):
    """Between neighbours, those who were promised somebody: days ahead or on the last one, they must know."""
    if mission.kind == MissionKind.INTERPERSONAL:
        _tell_each(signup, [mission.proposed_by, mission.beneficiary], "nobody_comes", now=now)


def tell_of_cancelled_slots(slots, *, by, now):
    """Between neighbours, those who wait at home for `slots` (with their missions): once per mission."""
    missions = {}
    for slot in slots:
        missions.setdefault(slot.mission, []).append(slot)
    for mission, off in missions.items():
        data = {"slots": sorted(slot.pk for slot in off)}
        turn, last = data["slots"][0], max(slot.ends_at for slot in off)
        tell_those_who_wait(mission, "visit_cancelled", turn, by=by, now=now, expires_at=last, **data)


def tell_of_moved_slot(slot, mission, before, *, by, now):
    """The same of a new time, `before` the old bounds; once for all that one click moves."""
    old_from, old_to = before
    data = {"old_from": old_from.isoformat(), "old_to": old_to.isoformat()}
    last, turn = max(slot.ends_at, old_to), f"{now.timestamp():.0f}"
    if mission.state in PROMISED:
        tell_those_who_wait(mission, "visit_moved", turn, by=by, now=now, expires_at=last, **data)


def tell_those_who_wait(mission, kind, turn, *, by, now, expires_at=None, **data):
    """Between neighbours, the person helped and whoever asked for them, but not `by`; once per `turn`."""
    if mission.kind != MissionKind.INTERPERSONAL:
        return
    data = {"mission": mission.pk, **data}
    waiting = {person.pk: person for person in (mission.proposed_by, mission.beneficiary) if person}
    for person in waiting.values():
        if person == by:
            continue
        key = f"{kind}:{mission.pk}:{turn}:{person.pk}"
        notify(person, kind, key, now=now, data=data, expires_at=expires_at)


def tell_organiser(signup, mission, *, but, now):
    """Whoever organises (`but` the one who did it) learns that a place was given back, days before.

    Between neighbours the introduction says so. For the mairie's own missions it is the agent who posted it;
    an association, which has no account, reads it at the address it gave.
    """
    if mission.kind == MissionKind.INTERPERSONAL:
        return
    data, expires_at = {"signup": signup.pk}, signup.starts_at
    for person in {mission.proposed_by, mission.created_by}:
        if person is not None and person.is_active and person != but:
            key = f"place_given_back:{signup.pk}:{person.pk}"
            notify(person, "place_given_back", key, now=now, data=data, expires_at=expires_at)
    if mission.association_id and mission.association.contact_email:
        key, address = f"place_given_back:{signup.pk}:association", mission.association.contact_email
        notify(None, "place_given_back", key, now=now, data=data, expires_at=expires_at, to_email=address)


def _tell_each(signup, people, kind, *, now):
    for pk, person in {person.pk: person for person in people if person}.items():
        data, key = {"signup": signup.pk}, f"{kind}:{signup.pk}:{pk}"
        notify(person, kind, key, now=now, data=data, expires_at=signup.ends_at)


def agents():
    """Those who answer the phone at the mairie."""
    return get_user_model().objects.filter(is_active=True, groups__name=Role.AGENT).order_by("id")


def tell_neighbour(signup, kind, *, now, expires_at=None):
    """Tell the neighbour of `signup`: whoever asked for the help, else the person helped; once per signup."""
    mission = signup.slot.mission
    person = mission.proposed_by or mission.beneficiary
    if person is None:
        return False
    key, data = f"{kind}:{signup.pk}:{person.pk}", {"signup": signup.pk}
    return notify(person, kind, key, now=now, data=data, expires_at=expires_at)
