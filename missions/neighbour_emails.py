"""The mails between neighbours: one frame, words in the builders. Never a name, an address, a quotation.

Who is written to is decided by introductions.py, conversations.py and suspensions.py.
"""

from vitre_civique.lib import french
from vitre_civique.lib.french import NBSP
from vitre_civique.notifications.kinds import Kind, register
from vitre_civique.notifications.rendering import absolute, compose

from .models import Introduction, IntroductionState, Signup, SignupState, Suspension, Thread

FRAME = "missions/email/neighbour"


def load_introductions(notifications, *, now):
    rows = Introduction.objects.select_related("signup__slot__mission__quartier")
    wanted = {row.data.get("signup") for row in notifications}
    found = {introduction.signup_id: introduction for introduction in rows.filter(signup__in=wanted)}
    return {row.pk: found[row.data["signup"]] for row in notifications if row.data.get("signup") in found}


def load_visits(notifications, *, now):
    rows = Signup.objects.select_related("slot__mission")
    found = rows.in_bulk([row.data.get("signup") for row in notifications])
    return {row.pk: found[row.data["signup"]] for row in notifications if row.data.get("signup") in found}


def load_threads(notifications, *, now):
    rows = Thread.objects.select_related("introduction")
    found = rows.in_bulk([row.data.get("thread") for row in notifications])
    return {row.pk: found[row.data["thread"]] for row in notifications if row.data.get("thread") in found}


def load_suspensions(notifications, *, now):
    found = Suspension.objects.in_bulk([row.data.get("suspension") for row in notifications])
    return {
        row.pk: found[row.data["suspension"]] for row in notifications if row.data.get("suspension") in found
    }


def framed(notification, subject, paragraphs, label, url, **fields):
    context = {"subject": subject, "paragraphs": paragraphs, "label": label, "url": url}
    return compose(FRAME, notification, context, **fields)


def about(notification, introduction, subject, *paragraphs, **fields):
    signup = introduction.signup
    moment = french.span(signup.slot.starts_at, signup.slot.ends_at)
    card = f"{signup.slot.mission.title}, {moment}."
    url = absolute("missions:introduction", introduction.pk)
    return framed(notification, subject, [*paragraphs, card], "Ouvrir la page", url, **fields)


def comes(introduction, now):
    signup = introduction.signup
    return signup.state == SignupState.CONFIRMED and signup.ends_at > now and signup.slot.cancelled_at is None


def introduction_proposed(notification, introduction, *, now):
    is_waiting = introduction.state in (IntroductionState.PROPOSED, IntroductionState.ONE_AGREED)
    if not comes(introduction, now) or not is_waiting or introduction.neighbour_agreed_at:
        return None
    return about(
        notification,
        introduction,
        "Un volontaire peut venir",
        f"Bonne nouvelle{NBSP}: un volontaire de la ville peut venir vous donner un coup de main.",
        "Dites si vous êtes d’accord, et ce que vous acceptez de lui montrer. Rien n’est montré avant "
        "que vous ayez dit oui tous les deux.",
    )


def introduction_shared(notification, introduction, *, now):
    if introduction.state != IntroductionState.SHARED or not comes(introduction, now):
        return None
    return about(
        notification,
        introduction,
        "Vous êtes d’accord tous les deux",
        "Ce que votre voisin a choisi de vous montrer se lit sur le site, une fois connecté. Il s’efface "
        "30 jours après. À la porte, dites le code de la page.",
    )


def introduction_shared_neighbour(notification, introduction, *, now):
    if introduction.state != IntroductionState.SHARED or not comes(introduction, now):
        return None
    return about(
        notification,
        introduction,
        "Vous êtes d’accord tous les deux",
        f"Quand on sonnera, demandez le code{NBSP}: la personne doit répondre {introduction.code}. "
        "Sans ce code, n’ouvrez pas, et appelez la mairie.",
        "Elle ne demande ni argent, ni clé, ni carte bancaire.",
        happens_at=introduction.signup.starts_at,
    )


def introduction_revoked(notification, introduction, *, now):
    if introduction.state != IntroductionState.REVOKED or introduction.signup.ends_at <= now:
        return None
    return about(
        notification,
        introduction,
        "Vos coordonnées ne sont plus montrées",
        "L’autre personne a retiré la mise en relation. Plus rien n’est montré, ni d’un côté ni de l’autre. "
        "La mairie vous appelle si le rendez-vous tient toujours.",
    )


def nobody_comes(notification, signup, *, now):
    if signup.state != SignupState.WITHDRAWN or signup.starts_at <= now:
        return None
    moment = french.span(signup.slot.starts_at, signup.slot.ends_at)
    return framed(
        notification,
        "Un empêchement : le volontaire ne pourra pas venir",
        [
            "La personne qui devait venir a eu un empêchement et nous a prévenus. N’ouvrez pas si quelqu’un "
            "sonne sans code.",
            f"La mairie cherche quelqu’un d’autre et vous le dit{NBSP}: vous n’avez rien à faire.",
            f"{signup.slot.mission.title}, {moment}.",
        ],
        "Mes demandes",
        absolute("missions:my_proposals"),
        happens_at=signup.starts_at,
    )


def message_waiting(notification, thread, *, now):
    if thread.introduction.state in (IntroductionState.CLOSED, IntroductionState.REVOKED):
        return None
    url = absolute("missions:conversation", thread.introduction_id)
    words = "Un message vous attend sur le site. Par discrétion, il n’est pas recopié ici."
    return framed(notification, "Un message vous attend", [words], "Lire le message", url)


def thread_reported(notification, thread, *, now):
    if thread.handled_at is not None:
        return None
    url = absolute("admin:missions_thread_change", thread.pk)
    words = "Une personne signale une conversation entre voisins. Elle se lit au bureau de la mairie."
    return framed(notification, "Une conversation est signalée", [words], "Lire le signalement", url)


def suspended(notification, suspension, *, now):
    if suspension.lifted_at is not None:
        return None
    until = f"Jusqu’au {french.day(suspension.until_on)}." if suspension.until_on else "Jusqu’à nouvel ordre."
    return framed(
        notification,
        "Votre participation est suspendue",
        [
            f"La mairie a suspendu votre participation. {until}",
            f"La raison{NBSP}: {suspension.reason}",
            "Vos rendez-vous à venir sont rendus, et chacun est prévenu. Vous pouvez répondre, par écrit ou "
            "au téléphone : quelqu’un d’autre que la personne qui a décidé vous lira.",
        ],
        "Répondre à la mairie",
        absolute("missions:appeal"),
    )


register(Kind("introduction_proposed", "Un volontaire peut venir", introduction_proposed, load_introductions))
register(Kind("introduction_shared", "D’accord tous les deux", introduction_shared, load_introductions))
register(
    Kind(
        "introduction_shared_neighbour",
        "D’accord tous les deux, et le code",
        introduction_shared_neighbour,
        load_introductions,
    )
)
register(Kind("introduction_revoked", "Mise en relation retirée", introduction_revoked, load_introductions))
register(
    Kind(
        "introduction_revoked_neighbour", "Mise en relation retirée", introduction_revoked, load_introductions
    )
)
register(
    Kind(
        "nobody_comes",
        "Le volontaire ne peut plus venir",
        nobody_comes,
        load_visits,
        is_urgent_when_near=True,
    )
)
register(Kind("message_waiting", "Un message vous attend", message_waiting, load_threads))
register(Kind("thread_reported", "Conversation signalée", thread_reported, load_threads, is_urgent=True))
register(Kind("suspended", "Participation suspendue", suspended, load_suspensions))
