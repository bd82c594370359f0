"""What people do together: offers of help in each state, a class and its adult, a Friday that comes back."""

from datetime import timedelta

from django.db.models import Min

from missions.help_offers import ONLINE_DAYS
from missions.models import (
    Every,
    Gesture,
    Group,
    HelpOffer,
    HelpOfferState,
    Signup,
    SignupState,
    SignupStateChange,
    Slot,
)
from missions.series import print_of, repeat
from vitre_civique.lib.months import local_day, midnight, month_of
from volunteers.models import HourEntry, Volunteer

from .bulk import insert

# quartier, gesture, in a few words, when, days ago, state. « Mon heure » of the demo's volunteer has two.
OFFERS = [
    (
        "rachapt-bellevue",
        "Se promener ensemble",
        "Je sors mon chien deux fois par jour, et je marche lentement. À deux, c’est mieux.",
        "tous les matins vers 10 h",
        3,
        HelpOfferState.PUBLISHED,
    ),
    (
        "rachapt-bellevue",
        "Faire les courses",
        "Je vais au marché le samedi : je peux porter votre panier, ou rapporter ce qui manque.",
        "le samedi matin",
        9,
        HelpOfferState.PUBLISHED,
    ),
    (
        "centre-historique",
        "Changer une ampoule ou une pile",
        "J’ai un escabeau et le vertige ne me connaît pas. Cinq minutes, un bonjour.",
        "en semaine, après 18 h",
        6,
        HelpOfferState.PUBLISHED,
    ),
    (
        "la-fleuriais",
        "Faire une partie de cartes ou de dames",
        "Belote, dames, petits chevaux : j’aime jouer, et je perds avec le sourire.",
        "le mercredi après-midi",
        14,
        HelpOfferState.PUBLISHED,
    ),
    (
        "gare-saint-martin",
        "Parler français avec quelqu’un qui l’apprend",
        "J’étais institutrice. On parle de tout, on rit des fautes, surtout des miennes en anglais.",
        "le jeudi soir",
        20,
        HelpOfferState.PUBLISHED,
    ),
    (
        "villaudin-le-val",
        "Désherber une allée",
        "J’ai les outils et deux heures devant moi. Vous me dites ce qui est une fleur.",
        "le dimanche matin",
        27,
        HelpOfferState.PUBLISHED,
    ),
    (
        "la-hodeyere",
        "Poster un courrier ou un recommandé",
        "Je passe devant la poste tous les jours.",
        "du lundi au vendredi",
        1,
        HelpOfferState.SUBMITTED,
    ),
    (
        "centre-historique",
        "Tenir compagnie autour d’un café",
        "Un café, une heure, des nouvelles du quartier.",
        "quand vous voulez, je suis à la retraite",
        0,
        HelpOfferState.SUBMITTED,
    ),
    (
        "la-fleuriais",
        "Monter un petit meuble",
        "Les notices ne me font pas peur.",
        "le week-end",
        45,
        HelpOfferState.EXPIRED,
    ),
    (
        "gare-saint-martin",
        "Se promener ensemble",
        "Chez la dame au rideau jaune, elle saura.",
        "le soir",
        12,
        HelpOfferState.REFUSED,
    ),
    (
        "villaudin-le-val",
        "Rapporter un colis ou un livre",
        "Je passe à la médiathèque tous les vendredis.",
        "le vendredi",
        18,
        HelpOfferState.WITHDRAWN,
    ),
]
OF_THE_VOLUNTEER = (1, 8)
GROUP = "Conseil municipal de la jeunesse, commission solidarité"
GROUP_SIZE = 12
CLEAN_UP, BULBS = "Nettoyer le chemin des bords de Vilaine", "Planter mille jonquilles au pied des immeubles"
FRIDAY = "Trier les légumes du vendredi"
REFUSED_BECAUSE = (
    "On reconnaît la personne. Dites ce que vous proposez, sans dire à qui, et nous la publions."
)


def seed_offers(today, quartiers, people):
    """Eleven offers: six to read in the quartiers, two for the agent’s morning, three that have ended."""
    agent = people.accounts["agent"]
    own = next(v for v in people.volunteers if v.user == people.accounts["volontaire"])
    able = [v for v in people.volunteers if v.first_meeting_on and v.first_meeting_on <= today]
    able = [v for v in able if v.stopped_at is None and v.paused_until is None and v.user.birth_date is None]
    for rank, (slug, gesture_name, text, when_text, days_ago, state) in enumerate(OFFERS):
        sent_at = midnight(today - timedelta(days=days_ago)) + timedelta(hours=7, minutes=11 * rank)
        read_at = sent_at + timedelta(hours=2)
        volunteer = own if rank in OF_THE_VOLUNTEER else able[(rank * 7 + 3) % len(able)]
        gesture = Gesture.objects.get(name=gesture_name)
        was_online = state in (HelpOfferState.PUBLISHED, HelpOfferState.EXPIRED)
        offer = HelpOffer.objects.create(
            volunteer=volunteer,
            quartier=quartiers[slug],
            gesture=gesture,
            help_kind=gesture.help_kind,
            text=text,
            when_text=when_text,
            state=state,
            submitted_at=sent_at,
            published_at=read_at if was_online else None,
            expires_at=midnight(today - timedelta(days=days_ago - ONLINE_DAYS - 1)) if was_online else None,
        )
        offer.state_changes.create(to_state=HelpOfferState.SUBMITTED, at=sent_at, by=volunteer.user)
        if state != HelpOfferState.SUBMITTED:
            first = HelpOfferState.PUBLISHED if was_online else state
            by = volunteer.user if state == HelpOfferState.WITHDRAWN else agent
            reason = REFUSED_BECAUSE if state == HelpOfferState.REFUSED else ""
            offer.state_changes.create(
                from_state=HelpOfferState.SUBMITTED, to_state=first, at=read_at, by=by, reason=reason
            )
        if state == HelpOfferState.EXPIRED:
            offer.state_changes.create(
                from_state=HelpOfferState.PUBLISHED, to_state=state, at=offer.expires_at
            )


def seed_groups(today, people):
    """A group of the conseil municipal de la jeunesse: it planted bulbs with its adult, and comes again."""
    past = Slot.objects.filter(mission__title=BULBS, ends_at__lt=midnight(today)).order_by("starts_at").last()
    ahead = Slot.objects.filter(mission__title=CLEAN_UP, starts_at__gt=midnight(today))
    slots = [(past, 3, SignupState.ATTENDED), (ahead.order_by("starts_at").first(), 5, SignupState.CONFIRMED)]
    busy = Signup.objects.filter(slot__in=[slot for slot, _, _ in slots]).values_list("volunteer", flat=True)
    leader = next(
        v
        for v in people.volunteers
        if v.user.birth_date is None
        and v.first_meeting_on
        and v.created_at < past.starts_at - timedelta(days=20)
        and v.stopped_at is None
        and v.paused_until is None
        and v.user not in people.accounts.values()
        and v.pk not in busy
        and not Signup.objects.filter(
            volunteer=v, starts_at__date__in=[local_day(slot.starts_at) for slot, _, _ in slots]
        ).exists()
    )
    group = Group.objects.create(
        name=GROUP,
        leader=leader,
        young_count=GROUP_SIZE,
        approved_by=people.agent,
        approved_at=past.starts_at - timedelta(days=15),
    )
    for slot, young_count, state in slots:
        seed_group_signup(group, slot, young_count, state, today, people)


def seed_group_signup(group, slot, young_count, state, today, people):
    at = min(slot.starts_at, midnight(today)) - timedelta(days=6)
    came = state == SignupState.ATTENDED
    signup = Signup.objects.create(
        slot=slot,
        volunteer=group.leader,
        group=group,
        seats=young_count + 1,
        state=state,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        created_at=at,
        made_by=group.leader.user,
        minutes=slot.minutes if came else None,
        young_present=young_count if came else None,
        organiser_said="done" if came else "",
    )
    changes = [SignupStateChange(row=signup, to_state=SignupState.CONFIRMED, at=at, by=group.leader.user)]
    if came:
        written_at = slot.ends_at + timedelta(hours=3)
        changes.append(
            SignupStateChange(
                row=signup, from_state="confirmed", to_state=state, at=written_at, by=people.agent
            )
        )
        insert(
            [
                HourEntry(
                    volunteer=group.leader,
                    quartier_id=group.leader.quartier_id,
                    month=month_of(slot.starts_at),
                    minutes=slot.minutes,
                    source=HourEntry.Source.SIGNUP,
                    subject=f"signup-{signup.pk}",
                    label=slot.mission.title,
                    entered_by=people.agent,
                    entered_at=written_at,
                )
            ]
        )
    insert(changes)


def seed_series(today, people):
    """The last Friday planned comes back for two months more, bank holidays left out."""
    now = midnight(today)
    last = Slot.objects.filter(mission__title=FRIDAY, starts_at__gt=now).order_by("starts_at").last()
    rule = {"every": Every.WEEK, "until_on": None, "times": 8, "skips_holidays": True}
    repeat(last, **rule, seen=print_of([last]), by=people.agent, now=now)


def seed_meetings():
    """Whoever was noted as present at a meeting has been met, that day at the latest."""
    met = Signup.objects.filter(slot__mission__is_meeting=True, state=SignupState.ATTENDED)
    for row in met.order_by().values("volunteer").annotate(first=Min("starts_at")):
        volunteer = Volunteer.objects.get(pk=row["volunteer"])
        day = local_day(row["first"])
        if volunteer.first_meeting_on is None or volunteer.first_meeting_on > day:
            volunteer.first_meeting_on = day
            volunteer.save(update_fields=["first_meeting_on"])
