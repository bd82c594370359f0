"""« Je propose mon aide », verb by verb: written, read by the mairie, a month online, renewed, answered.

An answer starts a request for help (requests.py): no contact is revealed, nobody is bound.
"""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from vitre_civique.accounts.minors import consented_or_adult
from vitre_civique.lib.months import local_day, midnight
from vitre_civique.lib.states import TransitionError, move
from vitre_civique.notifications.outbox import notify
from volunteers.models import HelpKind, Volunteer

from .eligibility import CHARTER, CONSENT, MEETING, MINIMUM_AGE, STOPPED, SUSPENDED, TOO_YOUNG
from .models import Block, HelpOffer, HelpOfferAnswer, HelpOfferState, RequestDraft, Suspension
from .models.help_offer import OPEN_OFFERS
from .models.request import KEPT_DRAFT

ONLINE_DAYS = 31
RENEWED_DAYS_BEFORE = 7
KEPT_AFTER_END = timedelta(days=90)  # then it is written again, and the old words go
OPEN_AT_MOST = 3
KINDS = [kind for kind in HelpKind if kind not in (HelpKind.TOWN, HelpKind.ASSOCIATION)]
CHANGED = "Cette offre vient de changer : rechargez la page pour voir où elle en est."
AT_HOME = "Avant 18 ans, on ne va pas seul chez quelqu’un : choisissez un geste qui se fait dehors."


class HelpOfferError(Exception):
    """The offer cannot be made or changed so; `message` says why in French."""

    def __init__(self, message=CHANGED):
        self.message = message
        super().__init__(message)


def reasons_against_offering(volunteer, *, now):
    """Why this person may not offer help to neighbours (yet), in French; empty when they may."""
    user, age = volunteer.user, volunteer.user.age_on(local_day(now))
    if age is not None and age < MINIMUM_AGE:
        return [TOO_YOUNG]
    met_on = volunteer.first_meeting_on
    checks = (
        (volunteer.stopped_at is not None, STOPPED),
        (volunteer.charter_version != settings.CHARTER_VERSION, CHARTER),
        (Suspension.objects.filter(person=user, lifted_at__isnull=True).exists(), SUSPENDED),
        (not consented_or_adult(user, local_day(now)), CONSENT),
        (met_on is None or met_on > local_day(now), MEETING),
    )
    return [reason for is_against, reason in checks if is_against]


def submit(offer, *, by, now):
    """Send a checked offer to be read; `offer` is unsaved, with its volunteer. The same one again makes none.

    Raises HelpOfferError beyond three open ones, for whoever may not go to a neighbour, and for somebody
    under 18 who offers what is done in a home.
    """
    with transaction.atomic():
        volunteer = _locked_volunteer(offer.volunteer_id)
        if reasons := reasons_against_offering(volunteer, now=now):
            raise HelpOfferError(" ".join(reasons))
        is_at_home = offer.gesture is None or offer.gesture.needs_address
        if is_at_home and volunteer.user.is_minor_on(local_day(now)):
            raise HelpOfferError(AT_HOME)
        if (sent := _same_words(offer)) is not None:
            return sent
        _require_room(volunteer)
        offer.state, offer.submitted_at = HelpOfferState.SUBMITTED, now
        offer.save()
        offer.state_changes.create(to_state=HelpOfferState.SUBMITTED, at=now, by=by)
    return offer


def publish(offer, *, by, now):
    """Show the offer in its quartier until the end of the 31st day; the volunteer is told."""
    with transaction.atomic():
        volunteer = _locked_volunteer(offer.volunteer_id)
        if reasons := reasons_against_offering(volunteer, now=now):
            raise HelpOfferError(f"Pas en ligne : voici ce que la personne lirait. {' '.join(reasons)}")
        _move(offer, HelpOfferState.PUBLISHED, now=now, by=by, published_at=now, expires_at=_month_later(now))
        _tell(offer, "help_offer_published", now=now)
    return offer


def refuse(offer, *, by, reason, now):
    """Not shown, or not any more; the volunteer reads why."""
    if not reason.strip():
        raise HelpOfferError("Écrivez le motif : la personne le recevra.")
    with transaction.atomic():
        _move(offer, HelpOfferState.REFUSED, now=now, by=by, reason=reason.strip()[:500])
        _tell(offer, "help_offer_refused", now=now)
    return offer


def withdraw(offer, *, by, now):
    """The volunteer takes it back: it leaves every page at once."""
    return _move(offer, HelpOfferState.WITHDRAWN, now=now, by=by)


def may_renew(offer, *, now):
    """In its last seven days, or within ninety after its month: before, there is nothing to gain."""
    if offer.state == HelpOfferState.EXPIRED:
        return now < offer.expires_at + KEPT_AFTER_END
    soon = offer.state == HelpOfferState.PUBLISHED
    return soon and offer.expires_at - timedelta(days=RENEWED_DAYS_BEFORE) <= now


def last_moment(offer):
    """The last instant at which the offer is read: `expires_at` is the midnight after it."""
    return offer.expires_at - timedelta(seconds=1)


def renew(offer, *, by, now):
    """One more month, in one click: the words were read already. A second click in the same month is told."""
    with transaction.atomic():
        volunteer = _locked_volunteer(offer.volunteer_id)
        offer.refresh_from_db()
        if not may_renew(offer, now=now):
            raise HelpOfferError("Cette offre se renouvelle dans sa dernière semaine, ou une fois passée.")
        if reasons := reasons_against_offering(volunteer, now=now):
            raise HelpOfferError(" ".join(reasons))
        since = now if offer.state == HelpOfferState.EXPIRED else last_moment(offer)
        changes = {"expires_at": _month_later(since), "renewals_count": F("renewals_count") + 1}
        if offer.state == HelpOfferState.EXPIRED:
            _require_room(volunteer)
            _move(offer, HelpOfferState.PUBLISHED, now=now, by=by, published_at=now, **changes)
        else:
            HelpOffer.objects.filter(pk=offer.pk).update(**changes)
        offer.refresh_from_db()
    return offer


def end_past(*, now):
    """Sweep: offers whose month is over leave, their volunteers are told; how many. None a second time."""
    over = HelpOffer.objects.filter(state=HelpOfferState.PUBLISHED, expires_at__lte=now)
    ended = 0
    for offer in over.select_related("volunteer__user").order_by("expires_at", "id"):
        try:
            with transaction.atomic():
                # Renewed between our reading and our writing: the end has moved, and it stays.
                still = over.select_for_update(of=("self",), skip_locked=True).filter(pk=offer.pk)
                if not still.exists():
                    continue
                move(offer, HelpOfferState.EXPIRED, now=now)
                _tell(offer, "help_offer_expired", now=now)
        except TransitionError:  # withdrawn meanwhile, or another sweep was first
            continue
        ended += 1
    return ended


def forget_ended(*, now):
    """Sweep: the words of an offer go ninety days after they left the site; how many offers."""
    before = now - KEPT_AFTER_END
    ended = HelpOffer.objects.exclude(state__in=OPEN_OFFERS)
    old = ended.filter(Q(expires_at__lte=before) | Q(expires_at__isnull=True, submitted_at__lte=before))
    return old.delete()[1].get(HelpOffer._meta.label, 0)


def visible_to(user, *, now):
    """Offers this person may answer: those that everyone reads, without those of whom one has blocked."""
    offers = HelpOffer.objects.for_list(now)
    if not user.is_authenticated:
        return offers
    apart = Block.objects.filter(Q(blocker=user) | Q(blocked=user)).values_list("blocker", "blocked")
    people = {pk for pair in apart for pk in pair} - {user.pk}
    return offers.exclude(volunteer__user__in=people) if people else offers


def answer(offer, *, by, now):
    """« Ça m’intéresse »: the draft of a request that starts from the offer; a second click gives the same.

    Drafts started from other offers and not gone on with are dropped: looking around leaves nothing behind.
    """
    if offer.volunteer.user_id == by.pk:
        raise HelpOfferError("C’est votre offre : elle attend un voisin.")
    started = RequestDraft.objects.filter(owner=by, expires_at__gt=now, answers__has_key="offer")
    with transaction.atomic():
        for draft in started.order_by("-id").select_for_update(of=("self",)):
            if draft.answers["offer"]["pk"] == offer.pk:
                return draft
            if set(draft.answers) <= {"offer", "what"}:
                draft.delete()
        answers = {"offer": {"pk": offer.pk, "quartier": offer.quartier_id}}
        if offer.gesture is not None:
            answers["what"] = {"gesture": offer.gesture_id, "text": "", "for_agent_only": False}
        return RequestDraft.objects.create(
            owner=by, answers=answers, created_at=now, expires_at=now + KEPT_DRAFT
        )


def link_answer(mission, started_from, *, now):
    """Remember that a request was born from an offer that who asks may still read; None otherwise."""
    if not started_from:
        return None
    offer = visible_to(mission.proposed_by, now=now).filter(pk=started_from.get("pk")).first()
    if offer is None:
        return None
    return HelpOfferAnswer.objects.create(mission=mission, offer=offer, at=now)


def _locked_volunteer(pk):
    volunteer = (
        Volunteer.objects.select_for_update(of=("self",), no_key=True).select_related("user").filter(pk=pk)
    ).first()
    if volunteer is None:
        raise HelpOfferError
    return volunteer


def _require_room(volunteer):
    if HelpOffer.objects.filter(volunteer=volunteer, state__in=OPEN_OFFERS).count() >= OPEN_AT_MOST:
        raise HelpOfferError("Vous avez déjà trois offres en cours : retirez-en une, puis revenez.")


def _same_words(offer):
    """The open offer that a first click has sent; with the volunteer locked."""
    said = {name: getattr(offer, name) for name in ("gesture", "help_kind", "text", "when_text", "quartier")}
    return HelpOffer.objects.filter(volunteer=offer.volunteer, state__in=OPEN_OFFERS, **said).first()


def _month_later(moment):
    return midnight(local_day(moment) + timedelta(days=ONLINE_DAYS + 1))


def _move(offer, target, **changes):
    try:
        return move(offer, target, **changes)
    except TransitionError:
        raise HelpOfferError from None


def _tell(offer, kind, *, now):
    key = f"{kind}:{offer.pk}:{offer.renewals_count}"
    notify(offer.volunteer.user, kind, key, now=now, data={"help_offer": offer.pk})
