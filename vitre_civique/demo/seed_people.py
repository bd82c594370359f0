"""The invented people of the demonstration: who they are, what they promised, who is referent of what."""

import tomllib
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.hashers import make_password

from quartiers.models import Mandate
from vitre_civique.accounts.models import Channel, GuardianConsent, Origin, User
from vitre_civique.lib.months import add_months, midnight, month_of
from vitre_civique.lib.search import plain
from volunteers.models import HelpKind, Pledge, Prerequisite, Reach, SkippedMonth, Volunteer

from .accounts import DEMO_ACCOUNTS
from .bulk import insert

NAMES = tomllib.loads((Path(__file__).parent / "data" / "names.toml").read_text(encoding="utf-8"))
GENERATIONS = [("older", 28), ("middle", 52), ("younger", 37)]
PREREQUISITES = {
    "rencontre": ("Première rencontre", "Vous avez rencontré une personne de la mairie."),
    "permis": ("Permis de conduire", "Un agent a vu votre permis et votre assurance."),
    "electeur": ("Électeur de Vitré", "Vous êtes inscrit sur la liste électorale de la commune."),
}
RESIDENTS = 14
NO_PASSWORD = "!demonstration"  # noqa: S105 (an unusable password: these people never sign in)


@dataclass
class People:
    """Who lives in the demonstration. `accounts` by the first part of the address (« agent », « elue »)."""

    accounts: dict = field(default_factory=dict)
    residents: list = field(default_factory=list)
    volunteers: list = field(default_factory=list)
    prerequisites: dict = field(default_factory=dict)
    verified: dict = field(default_factory=dict)  # volunteer pk → keys of PREREQUISITES
    consented: set = field(default_factory=set)  # user pks of minors with an agreement in force

    @property
    def agent(self):
        return self.accounts["agent"]


class NameDrawer:
    """Draws names that nobody else in the town bears, and the address made from them."""

    def __init__(self, rng):
        self.rng = rng
        self.taken = {(each.first_name, each.last_name) for each in DEMO_ACCOUNTS}

    def draw(self, generation):
        while True:
            name = self.rng.choice(NAMES[generation]), self.rng.choice(NAMES["last"])
            if name not in self.taken:
                self.taken.add(name)
                return name

    @staticmethod
    def address(first_name, last_name):
        return f"{plain(first_name)}.{plain(last_name)}@exemple.fr".replace("'", "").replace(" ", "")


def phone(rng):
    """From the range that the regulator keeps for fiction."""
    return f"+3363998{rng.randrange(10_000):04d}"


def seed_people(rng, today, quartiers):
    people = People()
    make_accounts(people, today)
    make_crowd(people, rng, today)
    newcomers = [*people.residents, *(v.user for v in people.volunteers if v.user.pk is None)]
    insert(newcomers)
    insert(address_of(user) for user in [*people.accounts.values(), *newcomers] if user.email)
    complete_volunteers(people, rng, today, quartiers)
    insert(people.volunteers)
    make_pledges(people, rng, today)
    make_prerequisites(people, rng)
    make_consents(people, today)
    make_mandates(people, today, quartiers)
    return people


def address_of(user):
    return EmailAddress(user=user, email=user.email, verified=True, primary=True)


def make_accounts(people, today):
    password = make_password(DEMO_ACCOUNTS[0].password)
    for each in DEMO_ACCOUNTS:
        user = User(email=each.email, first_name=each.first_name, last_name=each.last_name, password=password)
        user.date_joined = midnight(today - timedelta(days=380))
        user.declared_adult_on = today - timedelta(days=380)
        people.accounts[each.key] = user
    young = people.accounts["jeune"]
    young.declared_adult_on, young.birth_date = None, add_months(month_of(today), -17 * 12 - 4)
    insert(people.accounts.values())
    people.volunteers += [
        Volunteer(user=people.accounts[name]) for name in ("volontaire", "jeune", "referente")
    ]


def make_crowd(people, rng, today):
    names = NameDrawer(rng)
    for generation, count in GENERATIONS:
        for number in range(count):
            # Among the older ones, a third have no e-mail: an agent registered them.
            is_offline = generation == "older" and number % 3 == 0
            user = make_user(names, generation, rng, people, is_offline=is_offline)
            user.date_joined = midnight(today - timedelta(days=rng.randrange(4, 360))) + timedelta(
                hours=rng.randrange(9, 19)
            )
            people.volunteers.append(Volunteer(user=user))
    for number in range(RESIDENTS):
        user = make_user(names, "older", rng, people, is_offline=number % 2 == 0)
        user.date_joined = midnight(today - timedelta(days=370 - number))
        people.residents.append(user)
    make_minors(people, today)


def make_user(names, generation, rng, people, *, is_offline):
    first_name, last_name = names.draw(generation)
    user = User(first_name=first_name, last_name=last_name, password=NO_PASSWORD, phone=phone(rng))
    if is_offline:
        user.origin = rng.choice([Origin.PHONE, Origin.COUNTER, Origin.PAPER])
        user.preferred_channel = Channel.POST if user.origin == Origin.PAPER else Channel.PHONE
        user.created_by = people.agent
        user.postal_address = f"{rng.randrange(1, 60)}, {rng.choice(NAMES['streets'])}\n35500 Vitré"
    else:
        user.email = names.address(first_name, last_name)
    return user


def make_minors(people, today):
    """Two of the younger ones are 16 and 17; adults declare that they are, and leave no birth date."""
    for volunteer, years in zip(people.volunteers[-2:], (16, 17), strict=True):
        volunteer.user.birth_date = add_months(month_of(today), -years * 12 - 3)
    for user in [*people.residents, *(volunteer.user for volunteer in people.volunteers)]:
        if user.birth_date is None:
            user.declared_adult_on = user.date_joined.date()


def complete_volunteers(people, rng, today, quartiers):
    by_weight = [(quartier, quartier.population) for quartier in quartiers.values()]
    for number, volunteer in enumerate(people.volunteers):
        volunteer.created_at = volunteer.charter_accepted_at = volunteer.user.date_joined
        volunteer.charter_version = settings.CHARTER_VERSION
        volunteer.quartier = None if number % 19 == 18 else rng.choices(*zip(*by_weight, strict=True))[0]
        volunteer.reach = rng.choices(Reach.values, [3, 4, 5])[0]
        volunteer.kinds = sorted(rng.sample(HelpKind.values, rng.randrange(2, 6)))
        volunteer.availability = (
            [] if number % 7 == 6 else sorted(rng.sample(range(21), rng.randrange(3, 11)))
        )
        volunteer.wont_do = rng.choice(NAMES["wont_do"]) if number % 4 == 3 else ""
        if number % 3:
            volunteer.first_meeting_on = min(volunteer.created_at.date() + timedelta(days=12), today)
        if number % 17 == 11:
            volunteer.paused_until = today + timedelta(days=rng.randrange(5, 80))
        if number % 21 == 16:
            joined = volunteer.created_at
            volunteer.stopped_at = joined + (midnight(today) - joined) * 0.8
    for volunteer, slug in zip(
        people.volunteers, ("rachapt-bellevue", "villaudin-le-val", "rachapt-bellevue"), strict=False
    ):
        volunteer.quartier, volunteer.reach = quartiers[slug], Reach.TOWN
        volunteer.kinds = [HelpKind.COMPANY, HelpKind.GARDEN, HelpKind.TOWN]
        volunteer.availability, volunteer.wont_do = [], NAMES["wont_do"][1]
        volunteer.first_meeting_on = volunteer.created_at.date() + timedelta(days=12)


def make_pledges(people, rng, today):
    this_month = month_of(today)
    pledges, skipped = [], []
    for number, volunteer in enumerate(people.volunteers):
        first = month_of(volunteer.created_at)
        until = add_months(month_of(volunteer.stopped_at), 1) if volunteer.stopped_at else None
        minutes = 120 if number % 13 == 5 else 30 if number % 16 == 9 else 60
        pledges.append(
            Pledge(
                volunteer=volunteer,
                minutes_per_month=minutes,
                from_month=first,
                until_month=until,
                made_at=volunteer.created_at,
            )
        )
        if number % 6 == 4 and add_months(first, 2) <= this_month:
            month = add_months(first, rng.randrange(1, 3))
            made_at = min(midnight(month), midnight(today))
            skipped.append(SkippedMonth(volunteer=volunteer, month=month, made_at=made_at))
    insert(pledges)
    insert(skipped)


def make_prerequisites(people, rng):
    for key, (name, explanation) in PREREQUISITES.items():
        people.prerequisites[key] = Prerequisite.objects.get_or_create(
            name=name, defaults={"explanation": explanation}
        )[0]
    through = Volunteer.prerequisites.through
    links = []
    for number, volunteer in enumerate(people.volunteers):
        keys = {"rencontre"} if volunteer.first_meeting_on else set()
        keys |= {"permis"} if number % 3 == 1 else set()
        keys |= {"electeur"} if number % 2 == 0 and volunteer.user.birth_date is None else set()
        people.verified[volunteer.pk] = keys
        links += [
            through(volunteer_id=volunteer.pk, prerequisite_id=people.prerequisites[key].pk)
            for key in sorted(keys)
        ]
    insert(links)


def make_consents(people, today):
    """The account « jeune » and the one of 17 have their guardian's agreement, the one of 16 waits for it."""
    waiting, agreed = (volunteer.user for volunteer in people.volunteers[-2:])
    given = {"method": GuardianConsent.Method.PAPER, "recorded_by": people.agent}
    insert(
        [
            GuardianConsent(
                minor=people.accounts["jeune"],
                guardian_name="Rozenn Verdelais",
                guardian_email="rozenn.verdelais@exemple.fr",
                method=GuardianConsent.Method.EMAIL,
                code_sent_at=midnight(today - timedelta(days=90)),
                given_at=midnight(today - timedelta(days=89)),
            ),
            GuardianConsent(
                minor=agreed,
                guardian_name=f"Pascal {agreed.last_name}",
                given_at=agreed.date_joined + timedelta(days=1),
                **given,
            ),
            GuardianConsent(
                minor=waiting,
                guardian_name=f"Nathalie {waiting.last_name}",
                guardian_email="parent.a.prevenir@exemple.fr",
                method=GuardianConsent.Method.EMAIL,
                code_sent_at=waiting.date_joined + timedelta(hours=1),
            ),
        ]
    )
    people.consented = {people.accounts["jeune"].pk, agreed.pk}


def make_mandates(people, today, quartiers):
    """Referents in the pilot quartiers only; one mandate is over, one charter is not signed yet."""
    grown_ups = [
        v.user for v in people.volunteers if v.user.email and v.user.birth_date is None and not v.stopped_at
    ]
    plan = [
        (people.accounts["referente"], "rachapt-bellevue", 200, None, True),
        (grown_ups[10], "rachapt-bellevue", 120, None, True),
        (grown_ups[20], "villaudin-le-val", 150, None, True),
        (grown_ups[30], "villaudin-le-val", 300, 60, True),
        (grown_ups[40], "pavillon-maison-rouge", 90, None, True),
        (grown_ups[50], "pavillon-maison-rouge", 3, None, False),
    ]
    insert(
        Mandate(
            referent=user,
            quartier=quartiers[slug],
            from_on=today - timedelta(days=since),
            until=today - timedelta(days=ended) if ended else None,
            appointed_by=people.agent,
            charter_signed_on=today - timedelta(days=since) if has_signed else None,
        )
        for user, slug, since, ended, has_signed in plan
    )
