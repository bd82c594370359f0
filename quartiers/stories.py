"""Stories, verb by verb: told, read by the mairie before anyone, taken back at will; two reactions."""

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Count, Q

from vitre_civique.lib.states import move
from vitre_civique.notifications.outbox import notify

from .models import Reaction, ReactionKind, Story, StoryState

WAITING_AT_MOST = 3


class StoryError(Exception):
    """A verb that cannot be done; `message` is the French sentence to show."""

    def __init__(self, message):
        self.message = message
        super().__init__(message)


def for_list(*, quartier=None):
    """Published stories, newest first, with the number of each reaction: one query."""
    stories = Story.objects.public().select_related("quartier")
    if quartier:
        stories = stories.filter(quartier=quartier)
    return with_reactions(stories).order_by("-published_at", "-id")


def for_my_stories(user):
    return with_reactions(user.stories.select_related("quartier")).order_by("-submitted_at", "-id")


def with_reactions(stories):
    return stories.annotate(
        knocked_too_count=Count("reactions", filter=Q(reactions__kind=ReactionKind.KNOCKED_TOO)),
        will_try_count=Count("reactions", filter=Q(reactions__kind=ReactionKind.WILL_TRY)),
    )


@transaction.atomic
def submit(story, *, by, now):
    """Send a checked story to be read. Raises StoryError beyond three that wait."""
    get_user_model().objects.select_for_update(of=("self",), no_key=True).get(pk=by.pk)
    if by.stories.filter(state=StoryState.SUBMITTED).count() >= WAITING_AT_MOST:
        raise StoryError("Trois de vos récits attendent déjà d’être relus : merci ! La suite bientôt.")
    story.author, story.submitted_at = by, now
    story.save()
    story.state_changes.create(to_state=StoryState.SUBMITTED, at=now, by=by)
    return story


@transaction.atomic
def publish(story, *, by, now):
    move(story, StoryState.PUBLISHED, now=now, by=by, published_at=now)
    _tell(story, "story_published", now)
    return story


@transaction.atomic
def refuse(story, *, by, reason, now):
    """Not published; the author reads why."""
    move(story, StoryState.REFUSED, now=now, by=by, reason=reason)
    _tell(story, "story_refused", now)
    return story


@transaction.atomic
def hide(story, *, by, reason, now):
    """Published, then out of sight; the author reads why."""
    move(story, StoryState.HIDDEN, now=now, by=by, reason=reason)
    _tell(story, "story_refused", now)
    return story


def withdraw(story, *, by, now):
    """The author takes it back, read or not; it leaves every page at once."""
    return move(story, StoryState.WITHDRAWN, now=now, by=by)


def react(story, kind, *, by, now):
    """Once per person and kind; a second click changes nothing. True when this click counted."""
    if story.author_id == by.pk:
        raise StoryError("C’est votre récit : laissez les autres le dire.")
    return Reaction.objects.get_or_create(story=story, user=by, kind=kind, defaults={"at": now})[1]


def take_back(story, kind, *, by):
    return bool(Reaction.objects.filter(story=story, user=by, kind=kind).delete()[0])


def _tell(story, kind, now):
    if story.author_id:
        notify(story.author, kind, f"{kind}:{story.pk}", now=now, data={"story": story.pk})
