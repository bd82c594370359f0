"""Exports of names: who took which list, why (SEC-26). The lists themselves stand in each app."""

from django import forms
from django.http import HttpResponse

from vitre_civique.lib.spreadsheets import CHOICES, file_of

from .models import ExportLog


class ExportForm(forms.Form):
    """A list without names: only its format."""

    file_format = forms.ChoiceField(
        label="Format",
        choices=CHOICES,
        widget=forms.RadioSelect,
        initial="xlsx",
        error_messages={"invalid_choice": "Choisissez un format dans la liste."},
    )


class NamedExportForm(ExportForm):
    """A list of names: the reason is written down with the name of who asks."""

    reason = forms.CharField(
        label="Pourquoi avez-vous besoin de cette liste ?",
        help_text="Par exemple : « Déclaration à l’assureur pour la collecte du 12 décembre ».",
        min_length=10,
        max_length=300,
        widget=forms.TextInput(attrs={"size": 60}),
        error_messages={
            "required": "Dites pourquoi vous avez besoin de cette liste.",
            "min_length": "Dites-le en quelques mots de plus.",
        },
    )


def download(dataset, *, name, file_format):
    """The file as an attachment called `name`."""
    content, content_type = file_of(dataset, file_format)
    headers = {"Content-Disposition": f'attachment; filename="{name}.{file_format}"'}
    return HttpResponse(content, content_type=content_type, headers=headers)


def download_names(dataset, *, what, subject="", name, file_format, reason, by, now):
    """Write the log line, then give the file: no list of names leaves without its line."""
    log_names(
        len(dataset), what=what, subject=subject, file_format=file_format, reason=reason, by=by, now=now
    )
    return download(dataset, name=name, file_format=file_format)


def log_names(row_count, *, what, subject="", file_format, reason, by, now):
    ExportLog.objects.create(
        by=by,
        at=now,
        what=what,
        subject=subject,
        file_format=file_format,
        row_count=row_count,
        reason=reason,
    )
