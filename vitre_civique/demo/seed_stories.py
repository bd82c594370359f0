"""Stories of the demonstration in each state, their reactions, and the key of an invented other tool."""

from datetime import timedelta

from quartiers.models import Open311Key, Reaction, Story, StoryState
from quartiers.open311.keys import set_key
from vitre_civique.lib.months import midnight

# Shown on /demo/ only: the same on every machine, for invented rows.
DEMO_KEY = "vc_demonstration-vitre-en-poche"

# slug, title, offered, knocked, learnt, signed, state
STORIES = [
    (
        "rachapt-bellevue",
        "Le pain du samedi",
        "Rapporter une baguette du marché, puisque j’y vais de toute façon.",
        "J’ai sonné à dix heures, le panier vide : « Je vais au marché, je vous prends quelque chose ? »",
        "Proposer une chose précise. « Si vous avez besoin » ne reçoit jamais de réponse ; « du pain » si.",
        "Une voisine du troisième",
        StoryState.PUBLISHED,
    ),
    (
        "centre-historique",
        "L’ampoule du palier",
        "Changer l’ampoule que tout le monde enjambait du regard depuis un mois.",
        "J’ai frappé chez Odette (le prénom est changé) pour emprunter son escabeau. Elle a tenu l’escabeau.",
        "Demander un petit service ouvre mieux une porte que d’en offrir un.",
        "Un voisin bricoleur",
        StoryState.PUBLISHED,
    ),
    (
        "la-fleuriais",
        "Trois bancs, trois pauses",
        "Marcher jusqu’au parc, à son pas, le mardi.",
        "Nous attendions le même bus. J’ai dit : « Et si on y allait à pied la semaine prochaine ? »",
        "On n’a pas parlé d’aide. On a parlé de ses dahlias.",
        "Jeanne",
        StoryState.PUBLISHED,
    ),
    (
        "gare-saint-martin",
        "La lettre de la banque",
        "Lire à voix haute un courrier écrit trop petit.",
        "Il tenait l’enveloppe dans l’entrée. J’ai proposé mes yeux ; il a proposé un café.",
        "Lire, et s’arrêter là : la réponse, c’est lui qui l’a faite.",
        "Un voisin du quartier",
        StoryState.PUBLISHED,
    ),
    (
        "villaudin-le-val",
        "Le mot dans la boîte",
        "Une heure pour le jardin, au choix.",
        "Je n’osais pas sonner. J’ai glissé le mot de la mairie, avec mon prénom. Elle a appelé ensuite.",
        "Le numéro de la mairie sur le mot l’a rassurée : elle avait vérifié avant d’appeler.",
        "Une timide",
        StoryState.PUBLISHED,
    ),
    (
        "la-hodeyere",
        "Deux chaises dehors",
        "Sortir deux chaises sur le trottoir, un soir d’été, et attendre.",
        "Je n’ai pas toqué, ce sont les autres qui se sont arrêtés. À la fin nous étions sept.",
        "Parfois il suffit de rester devant sa porte.",
        "Marius",
        StoryState.PUBLISHED,
    ),
    (
        "rachapt-bellevue",
        "On m’a dit non",
        "Porter les courses jusqu’au quatrième.",
        "« Non merci, je me débrouille. » J’ai souri, j’ai dit mon prénom et mon étage.",
        "Un mois plus tard, c’est elle qui a sonné. Un non n’est pas une porte fermée.",
        "Une voisine patiente",
        StoryState.PUBLISHED,
    ),
    (
        "la-fleuriais",
        "Le chat de la voisine",
        "Nourrir un chat pendant une semaine.",
        "Mon fils de sept ans a posé la question à ma place, dans l’ascenseur.",
        "Les enfants toquent sans y penser. J’essaie de faire pareil.",
        "Un papa",
        StoryState.PUBLISHED,
    ),
    (
        "centre-historique",
        "La soupe en trop",
        "Un bol de soupe, parce que j’en fais toujours trop.",
        "J’ai gardé le bocal à la main : avec quelque chose dans les mains, on sait pourquoi on est là.",
        "Elle m’a rendu le bocal plein de noix.",
        "Une cuisinière",
        StoryState.SUBMITTED,
    ),
    (
        "gare-saint-martin",
        "Le téléphone tout neuf",
        "Régler la taille des lettres sur un téléphone.",
        "Elle regardait l’écran à bout de bras. J’ai demandé si je pouvais montrer un bouton, un seul.",
        "Un bouton par visite, pas plus. Nous en sommes au cinquième.",
        "Un étudiant",
        StoryState.SUBMITTED,
    ),
    (
        "villaudin-le-val",
        "La haie de la rue du Val",
        "Tailler une haie à deux.",
        "Tout le monde sait de quelle maison il s’agit, celle aux volets bleus.",
        "On rit mieux à deux sur l’échelle.",
        "Un jardinier",
        StoryState.REFUSED,
    ),
    (
        "la-hodeyere",
        "Une heure, puis deux",
        "Une heure de lecture.",
        "J’ai apporté un roman policier.",
        "J’ai préféré retirer ce récit : la suite est à nous.",
        "Une lectrice",
        StoryState.WITHDRAWN,
    ),
]
REFUSED_BECAUSE = "On reconnaît la maison : racontez-le sans la rue ni les volets, et nous le publierons."


def seed_stories(rng, today, quartiers, people):
    """A dozen stories told these last weeks by volunteers, with reactions; and the key of another tool."""
    volunteers = [volunteer.user for volunteer in people.volunteers]
    agent = people.accounts["agent"]
    for rank, (slug, title, offered, knocked, learnt, signed, state) in enumerate(STORIES):
        sent_at = midnight(today - timedelta(days=2 + 4 * rank)) + timedelta(hours=18, minutes=7 * rank)
        read_at = sent_at + timedelta(hours=15)
        author = people.accounts["volontaire"] if rank in (0, 8) else volunteers[rank * 5 % len(volunteers)]
        story = Story.objects.create(
            quartier=quartiers[slug],
            title=title,
            offered=offered,
            knocked=knocked,
            learnt=learnt,
            signed=signed,
            has_consent=True,
            author=author,
            state=state,
            submitted_at=sent_at,
            published_at=read_at if state == StoryState.PUBLISHED else None,
        )
        story.state_changes.create(to_state=StoryState.SUBMITTED, at=sent_at, by=author)
        if state != StoryState.SUBMITTED:
            by = author if state == StoryState.WITHDRAWN else agent
            reason = REFUSED_BECAUSE if state == StoryState.REFUSED else ""
            story.state_changes.create(
                from_state=StoryState.SUBMITTED, to_state=state, at=read_at, by=by, reason=reason
            )
        if state == StoryState.PUBLISHED:
            react(rng, story, [user for user in volunteers if user != author], read_at)
    key = Open311Key(name="Vitré en poche (démonstration)", contact_email="outil@exemple.fr")
    set_key(key, DEMO_KEY)
    key.save()


def react(rng, story, readers, read_at):
    for kind, most in (("knocked_too", 9), ("will_try", 14)):
        for user in rng.sample(readers, rng.randint(1, most)):
            at = read_at + timedelta(minutes=rng.randint(30, 600))
            Reaction.objects.create(story=story, user=user, kind=kind, at=at)
