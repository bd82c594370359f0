"""Stories: the list, one story, telling one, taking it back, two reactions, the note for the letter box."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from quartiers import leaflet as leaflets
from quartiers import stories
from quartiers.models import Quartier, ReactionKind, Story, StoryState
from quartiers.story_forms import StoryForm
from vitre_civique.accounts.permissions import requires
from vitre_civique.lib.states import TransitionError, can_move

PAGE_SIZE = 12


@login_not_required
@require_GET
def story_list(request):
    slug = request.GET.get("quartier", "")
    quartiers = list(Quartier.objects.active().order_by("name", "id"))
    chosen = next((quartier for quartier in quartiers if quartier.slug == slug), None)
    page = Paginator(stories.for_list(quartier=chosen), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"page": page, "stories": page.object_list, "quartiers": quartiers, "chosen": chosen}
    return render(request, "quartiers/stories/list.html", context)


@login_not_required
@require_GET
def story(request, pk):
    shown = readable(request, pk)
    mine = set()
    if request.user.is_authenticated:
        mine = set(shown.reactions.filter(user=request.user).values_list("kind", flat=True))
    is_own = request.user.is_authenticated and shown.author_id == request.user.pk
    reactions = [
        {"kind": kind.value, "label": kind.label, "count": counts(shown)[kind], "is_mine": kind in mine}
        for kind in ReactionKind
    ]
    context = {
        "story": shown,
        "is_own": is_own,
        "may_withdraw": is_own and can_move(shown, StoryState.WITHDRAWN),
        "reactions": reactions,
    }
    return render(request, "quartiers/stories/story.html", context)


def readable(request, pk):
    rows = stories.with_reactions(Story.objects.visible_to(request.user).select_related("quartier"))
    return get_object_or_404(rows, pk=pk)


def counts(story):
    return {ReactionKind.KNOCKED_TOO: story.knocked_too_count, ReactionKind.WILL_TRY: story.will_try_count}


@requires("story.tell")
@require_http_methods(["GET", "HEAD", "POST"])
def tell(request):
    form = StoryForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            story = stories.submit(form.save(commit=False), by=request.user, now=timezone.now())
        except stories.StoryError as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, "Merci ! La mairie relit votre récit, puis le publie.")
            return redirect(story)
    return render(request, "quartiers/stories/tell.html", {"form": form})


@requires("story.tell")
@require_GET
def my_stories(request):
    return render(
        request, "quartiers/stories/mine.html", {"stories": stories.for_my_stories(request.user)[:60]}
    )


@requires("story.tell")
@require_POST
def withdraw(request, pk):
    story = get_object_or_404(Story, pk=pk, author=request.user)
    try:
        stories.withdraw(story, by=request.user, now=timezone.now())
    except TransitionError:
        messages.error(request, "Ce récit n’est déjà plus en ligne.")
    else:
        messages.success(request, "Votre récit est retiré : plus personne ne le lit.")
    return redirect("quartiers:my_stories")


@requires("story.react")
@require_POST
def react(request, pk):
    """One click says it, another takes it back."""
    story = get_object_or_404(Story.objects.public(), pk=pk)
    kind = request.POST.get("reaction", "")
    if kind not in ReactionKind:
        raise Http404
    try:
        if request.POST.get("reprendre"):
            stories.take_back(story, kind, by=request.user)
        else:
            stories.react(story, kind, by=request.user, now=timezone.now())
    except stories.StoryError as refusal:
        messages.error(request, refusal.message)
    return redirect(story)


@login_not_required
@require_GET
def leaflet(request, pk):
    """The note to slip into a letter box, to print from the browser."""
    story = get_object_or_404(Story.objects.public().select_related("quartier"), pk=pk)
    return render(request, "quartiers/stories/leaflet.html", {"story": story, "words": leaflets.words(story)})


@login_not_required
@require_GET
def leaflet_pdf(request, pk):
    story = get_object_or_404(Story.objects.public().select_related("quartier"), pk=pk)
    headers = {"Content-Disposition": 'inline; filename="mot-a-glisser.pdf"'}
    return HttpResponse(leaflets.pdf(story), content_type="application/pdf", headers=headers)
