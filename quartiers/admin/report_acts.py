"""What is done to one report at the desk: acts with preview, notes, assignment, photos, links to services."""

from django.contrib import messages
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404
from django.shortcuts import redirect
from django.utils import timezone

from quartiers import acts, handling, needs, service_links
from quartiers.handling_forms import (
    FORMS,
    USUAL_TEXTS,
    AssignForm,
    CategoryForm,
    DuplicateForm,
    NoteForm,
    PublicWordsForm,
    RectanglesForm,
    standard_answers,
)
from quartiers.handling_permissions import ANSWERING, can_read_in_desk, roles_on
from quartiers.models import StandardAnswer
from quartiers.previews import preview
from vitre_civique.accounts.desk import back_to, change_url, page
from vitre_civique.accounts.permissions import can
from vitre_civique.accounts.roles import Role
from vitre_civique.lib.search import plain
from vitre_civique.lib.states import TransitionError
from vitre_civique.notifications.outbox import wake_delivery

from .report_page import report_or_404, show

CANDIDATES = 20
TOO_LATE = "Cette remontée vient de changer d’état : relisez-la, puis recommencez. Rien n’a été enregistré."


def act(modeladmin, request, pk, name):
    """GET asks; POST previews the mail or sends. What was typed stays when somebody else was quicker."""
    report, what = report_or_404(modeladmin, request, pk), acts.ACTS.get(name)
    if what is None:
        raise Http404
    roles, fits = roles_on(request.user, report), report.state in what.states
    if not (acts.may_act(roles, report, what) if fits else roles & ANSWERING):
        raise PermissionDenied
    form = form_for(what, report, request)
    if request.method == "POST" and form.is_valid():
        answer = run(modeladmin, request, report, what, form)
        if answer is not None:
            return answer
    elif request.method != "POST" and not fits:
        return back_to(request, report, TOO_LATE, level=messages.WARNING)
    return asked(modeladmin, request, report, what, form)


def run(modeladmin, request, report, what, form):
    """The page that follows, or None when the form must be shown again."""
    said = {"by": request.user, "seen": form.cleaned_data["seen"], "said": form.said(), "now": timezone.now()}
    try:
        if "_preview" in request.POST and what.is_told:
            message = preview(report, what.name, **said)
            return asked(modeladmin, request, report, what, form, message=message)
        handling.carry_out(report, what.name, **said)
    except handling.ChangedMeanwhile as error:
        form.add_error(None, error.message)
        form.data = {**form.data.dict(), "seen": handling.version_of(report)}
        return None
    except (needs.NeedError, TransitionError) as error:
        form.add_error(None, getattr(error, "message", TOO_LATE))
        return None
    wake_delivery()
    return back_to(request, report, what.done)


def form_for(what, report, request):
    data = request.POST if request.method == "POST" else None
    initial = {"seen": handling.version_of(report), "text": USUAL_TEXTS.get(what.name, "")}
    if what.name == "recevoir":
        initial |= {"summary": report.public_summary, "visibility": report.visibility}
    if what.name == "regler":
        initial["how"] = request.GET.get("par", "")
    chosen = request.GET.get("reponse", "")
    if chosen.isdecimal():
        answer = StandardAnswer.objects.filter(pk=chosen, is_active=True).first()
        initial["text"] = answer.text if answer else initial["text"]
    if what.name == "doublon":
        words = plain(request.GET.get("q", "")).split()
        rows = handling.candidates_for(report, words)
        # The choices of the page are the newest ones; any candidate may be sent back.
        return DuplicateForm(data, initial=initial, candidates=rows if data else rows[:CANDIDATES])
    return FORMS[what.name](data, initial=initial)


def asked(modeladmin, request, report, what, form, *, message=None):
    return page(
        modeladmin,
        request,
        "admin/quartiers/needreport/act.html",
        title=what.label,
        subtitle=report.reference,
        act=what,
        report=report,
        form=form,
        errors=form.errors,
        message=message,
        answers=standard_answers(report, what.name),
        words=request.GET.get("q", ""),
        searches=what.name == "doublon",
        reads=can_read_in_desk(request.user, report),
        back=change_url(report),
    )


def note(modeladmin, request, pk):
    report = report_or_404(modeladmin, request, pk)
    if not can_read_in_desk(request.user, report):
        raise PermissionDenied
    form = NoteForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return show(modeladmin, request, pk, note_form=form)
    handling.add_note(report, form.cleaned_data["text"], by=request.user, now=timezone.now())
    return back_to(request, report, "La note est gardée.")


def handled_or_refused(modeladmin, request, pk):
    report = report_or_404(modeladmin, request, pk)
    if not can(request.user, "need_report.handle"):
        raise PermissionDenied
    return report


def edit(modeladmin, request, report, form, *, title, save, done, intro=""):
    """A form on one version of the report: saved, or told that somebody else was quicker."""
    if request.method == "POST" and form.is_valid():
        try:
            save(form)
            wake_delivery()
            return back_to(request, report, done)
        except handling.ChangedMeanwhile as error:
            form.add_error(None, error.message)
            form.data = {**form.data.dict(), "seen": handling.version_of(report)}
        except needs.NeedError as error:
            form.add_error(None, error.message)
    return page(
        modeladmin,
        request,
        "admin/ask.html",
        title=title,
        subtitle=report.reference,
        form=form,
        errors=form.errors,
        intro=intro,
        button="Enregistrer",
        back=change_url(report),
    )


def assign(modeladmin, request, pk):
    report = handled_or_refused(modeladmin, request, pk)
    people = get_user_model().objects.filter(is_active=True, groups__name__in=Role.values)
    people = (
        people.exclude(groups__name=Role.ELECTED.value).distinct().order_by("last_name", "first_name", "pk")
    )
    initial = {"seen": handling.version_of(report), "person": report.assigned_to_id}
    form = AssignForm(request.POST or None, initial=initial, people=people)
    return edit(
        modeladmin,
        request,
        report,
        form,
        title="Qui suit cette remontée ?",
        done="C’est noté.",
        save=lambda form: handling.assign(
            report,
            form.cleaned_data["person"],
            by=request.user,
            seen=form.cleaned_data["seen"],
            now=timezone.now(),
        ),
    )


def category(modeladmin, request, pk):
    report = handled_or_refused(modeladmin, request, pk)
    initial = {"seen": handling.version_of(report), "category": report.category_id}
    form = CategoryForm(request.POST or None, initial=initial)
    return edit(
        modeladmin,
        request,
        report,
        form,
        title="Changer de catégorie",
        intro="Le service et les dates promises changent avec elle, comptées depuis l’envoi. "
        "Ce que les habitants peuvent lire ne change jamais.",
        done="La catégorie, le service et les dates sont à jour.",
        save=lambda form: handling.change_category(
            report, by=request.user, now=timezone.now(), **form.cleaned_data
        ),
    )


def public_words(modeladmin, request, pk):
    report = handled_or_refused(modeladmin, request, pk)
    initial = {
        "seen": handling.version_of(report),
        "summary": report.public_summary,
        "visibility": report.visibility,
    }
    form = PublicWordsForm(request.POST or None, initial=initial)
    return edit(
        modeladmin,
        request,
        report,
        form,
        title="Résumé public et lecteurs",
        done="Le résumé et ses lecteurs sont à jour.",
        save=lambda form: handling.set_public_words(
            report, by=request.user, now=timezone.now(), **form.cleaned_data
        ),
    )


def author(modeladmin, request, pk):
    """By POST, and written down: who looks at a name leaves theirs."""
    report = report_or_404(modeladmin, request, pk)
    if not can(request.user, "need_report.see_author"):
        raise PermissionDenied
    if request.method != "POST":
        return redirect(change_url(report))
    found = handling.look_at_author(report, by=request.user, now=timezone.now())
    return show(modeladmin, request, pk, author=found or "Compte effacé")


def send_to_service(modeladmin, request, pk):
    """POST sends a link, or with « retirer » stops those in use."""
    report = handled_or_refused(modeladmin, request, pk)
    if request.method != "POST":
        return redirect(change_url(report))
    if "retirer" in request.POST:
        service_links.revoke_all(report, now=timezone.now())
        return back_to(request, report, "Le lien ne fonctionne plus.")
    try:
        service_links.send(report, by=request.user, now=timezone.now())
    except needs.NeedError as error:
        return back_to(request, report, error.message, level=messages.WARNING)
    wake_delivery()
    return back_to(request, report, f"Le lien part à : {report.service}.")


def photo_or_404(modeladmin, request, pk, photo):
    report = report_or_404(modeladmin, request, pk)
    if not can_read_in_desk(request.user, report):
        raise PermissionDenied
    found = report.photos.filter(pk=photo).first()
    if found is None:
        raise Http404
    return report, found


def photo_file(modeladmin, request, pk, photo):
    """The picture itself, for those who read this report at the desk."""
    _, found = photo_or_404(modeladmin, request, pk, photo)
    return picture(found)


def picture(photo):
    answer = FileResponse(photo.image.open("rb"), content_type="image/jpeg")
    answer["Content-Disposition"] = f'inline; filename="photo-{photo.position}.jpg"'
    answer["Content-Security-Policy"] = "sandbox"
    return answer


def photo(modeladmin, request, pk, photo):
    """POST shows a photo to all, or takes it back."""
    report, found = photo_or_404(modeladmin, request, pk, photo)
    if not can(request.user, "need_report.handle"):
        raise PermissionDenied
    if request.method == "POST":
        try:
            handling.show_photo(
                found, is_public="montrer" in request.POST, by=request.user, now=timezone.now()
            )
        except needs.NeedError as error:
            return back_to(request, report, error.message, level=messages.WARNING)
    return redirect(change_url(report))


def blur(modeladmin, request, pk, photo):
    report, found = photo_or_404(modeladmin, request, pk, photo)
    if not can(request.user, "need_report.handle"):
        raise PermissionDenied
    form = RectanglesForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        handling.blur(found, form.rectangles, by=request.user, now=timezone.now())
        return back_to(request, report, "Les zones sont masquées pour de bon.")
    return page(
        modeladmin,
        request,
        "admin/quartiers/needreport/blur.html",
        title="Masquer une zone de la photo",
        subtitle=report.reference,
        report=report,
        photo=found,
        form=form,
        errors=form.errors,
        back=change_url(report),
    )
