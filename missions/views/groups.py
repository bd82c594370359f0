"""For the adult of a group: the groups one leads, and signing one up for a slot. Withdrawing: signups.py."""

from django import forms
from django.contrib import messages
from django.db.models import Exists, OuterRef
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from missions import groups
from missions.browse import with_counts
from missions.cards import places_in_words, when
from missions.eligibility import reasons_against
from missions.models import MissionState, Signup, SignupState, Slot
from missions.models.signup import LIVE
from missions.signups import SignupError, SlotFull
from vitre_civique.accounts.permissions import requires
from vitre_civique.lib.french import NBSP, NNBSP
from vitre_civique.notifications.outbox import wake_delivery
from volunteers.profiles import own_volunteer


class GroupSignupForm(forms.Form):
    group = forms.ModelChoiceField(
        label="Quel groupe ?",
        queryset=None,
        widget=forms.RadioSelect,
        empty_label=None,
        error_messages={
            "required": "Choisissez le groupe dans la liste.",
            "invalid_choice": "Choisissez le groupe dans la liste.",
        },
    )
    young_count = forms.IntegerField(
        label="Combien de jeunes viennent avec vous ?",
        help_text="Un nombre, pas de noms. Votre place à vous s’y ajoute.",
        min_value=1,
        error_messages={
            "required": "Écrivez un nombre, par exemple : 12.",
            "invalid": "Écrivez un nombre, par exemple : 12.",
            "min_value": "Au moins un jeune : sinon, inscrivez-vous seul.",
        },
    )

    def __init__(self, *args, groups, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["group"].queryset = groups

    def clean(self):
        data = super().clean()
        group, young = data.get("group"), data.get("young_count")
        if group and young and young > group.young_count:
            self.add_error(
                "young_count", f"Ce groupe compte {group.young_count} jeunes au plus : appelez la mairie."
            )
        return data


@requires("group.lead")
@require_GET
def my_groups(request):
    volunteer = own_volunteer(request.user)
    now = timezone.now()
    mine = Signup.objects.filter(slot=OuterRef("pk"), volunteer=volunteer, state__in=LIVE)
    slots = Slot.objects.upcoming(now).filter(~Exists(mine), mission__is_open_to_groups=True)
    context = {
        "groups": groups.of_leader(volunteer),
        "signups": Signup.objects.filter(
            volunteer=volunteer, group__isnull=False, state__in=LIVE, ends_at__gt=now
        )
        .select_related("slot__mission__quartier", "group")
        .order_by("starts_at", "id"),
        "rows": [
            {"slot": slot, "when": when(slot, now), "places": places_in_words(slot, now)}
            for slot in with_counts(slots, now).select_related("mission__quartier")[:20]
        ],
    }
    return render(request, "missions/groups/mine.html", context)


@requires("group.lead")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_up_group(request, pk):
    now, volunteer = timezone.now(), own_volunteer(request.user)
    slots = with_counts(Slot.objects.filter(mission__state=MissionState.PUBLISHED), now)
    slot = get_object_or_404(
        slots.select_related("mission__quartier").filter(mission__is_open_to_groups=True), pk=pk
    )
    mine = groups.of_leader(volunteer)
    volunteer.user = request.user
    form = GroupSignupForm(request.POST or None, groups=mine, initial=initial(mine))
    reasons = reasons_against(volunteer, slot.mission, slot, now=now)
    may_wait = False
    if request.method == "POST" and form.is_valid():
        try:
            return join(request, form, slot, now)
        except SignupError as refusal:
            form.add_error(None, refusal.message)
            is_full = isinstance(refusal, SlotFull)
            may_wait = is_full and groups.may_wait(slot, form.cleaned_data["young_count"])
    context = {"slot": slot, "mission": slot.mission, "when": when(slot, now), "form": form}
    context |= {"reasons": reasons, "places": places_in_words(slot, now), "has_group": bool(mine)}
    context["may_wait"] = may_wait
    return render(request, "missions/groups/sign_up.html", context, status=409 if form.errors else 200)


def join(request, form, slot, now):
    """The places, or with the second button of the page a rank in the waiting list."""
    group, young_count = form.cleaned_data["group"], form.cleaned_data["young_count"]
    waits = "waits" in request.POST
    signup = groups.sign_up_group(group, slot, young_count=young_count, by=request.user, now=now, waits=waits)
    wake_delivery()
    if signup.state == SignupState.WAITING:
        done = f"C’est noté{NBSP}: votre groupe attend que ses places se libèrent."
    else:
        done = f"C’est noté{NBSP}: votre groupe est inscrit, merci{NNBSP}!"
    messages.success(request, done)
    return redirect("missions:signup", pk=signup.pk)


def initial(mine):
    """The only group, all of it: most adults lead one."""
    return {"group": mine[0], "young_count": mine[0].young_count} if len(mine) == 1 else {}
