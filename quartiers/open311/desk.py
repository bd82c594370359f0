"""The desk's pages about other tools: their keys, and bringing in what they hold, with a preview."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone

from quartiers.models import Open311Key, ReportImport, Source
from vitre_civique.accounts.desk import DeskAdmin, ReadOnlyDeskAdmin
from vitre_civique.lib.french import count

from . import imports, keys


@admin.register(Open311Key)
class Open311KeyAdmin(DeskAdmin):
    """The key itself is shown once, after it is made; switching it off stops it at once."""

    list_display = ["name", "contact_email", "key_start", "is_active", "last_used_at", "created_at"]
    list_filter = ["is_active"]
    fields = ["name", "contact_email", "is_active"]

    def save_model(self, request, obj, form, change):
        if change:
            super().save_model(request, obj, form, change)
            return
        text = keys.new_key()
        keys.set_key(obj, text)
        obj.created_by = request.user
        super().save_model(request, obj, form, change)
        messages.warning(request, f"Voici la clé, montrée une seule fois : {text}")


class ImportForm(forms.Form):
    tool = forms.CharField(label="Nom de l’outil", max_length=80, help_text="Par exemple « Vitré en poche ».")
    content = forms.FileField(
        label="Fichier CSV",
        required=False,
        help_text=f"Colonnes : {', '.join(imports.COLUMNS)}. Sans nom ni adresse de personne.",
    )
    url = forms.URLField(
        label="Ou l’adresse de son Open311",
        required=False,
        assume_scheme="https",
        help_text="Par exemple https://outil.exemple.fr/open311/v2",
    )

    def clean(self):
        given = super().clean()
        if not self.errors and bool(given.get("content")) == bool(given.get("url")):
            raise forms.ValidationError("Choisissez un fichier, ou écrivez une adresse : l’un des deux.")
        return given

    def rows(self):
        """(rows, source); raises UnreadableFile."""
        if self.cleaned_data["url"]:
            return imports.rows_of_pull(self.cleaned_data["url"]), Source.PULL
        content = self.cleaned_data["content"]
        return imports.rows_of_csv(content.read(imports.LARGEST_FILE + 1)), Source.FILE


@admin.register(ReportImport)
class ReportImportAdmin(ReadOnlyDeskAdmin):
    list_display = ["tool", "source", "made_by", "made_at", "done_at", "imported_count"]
    list_select_related = ["made_by"]
    change_list_template = "admin/quartiers/reportimport/change_list.html"

    def get_urls(self):
        own = [
            path("nouveau/", self.admin_site.admin_view(self.new_view), name="quartiers_reportimport_new"),
            path(
                "<int:pk>/apercu/",
                self.admin_site.admin_view(self.preview_view),
                name="quartiers_reportimport_preview",
            ),
        ]
        return own + super().get_urls()

    def changelist_view(self, request, extra_context=None):
        return super().changelist_view(
            request, {**(extra_context or {}), "may_import": self.may(request, "add")}
        )

    def new_view(self, request):
        """What to read; a POST reads it, keeps the rows, and leads to their preview."""
        self.must(request)
        form = ImportForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            try:
                rows, source = form.rows()
            except imports.UnreadableFile as error:
                form.add_error(None, error.message)
            else:
                tool = form.cleaned_data["tool"].strip()
                waiting = imports.prepare(rows, tool=tool, source=source, by=request.user, now=timezone.now())
                return redirect("admin:quartiers_reportimport_preview", waiting.pk)
        context = {"title": "Importer des remontées", "form": form, "errors": form.errors, "has_file": True}
        return self.page(request, "admin/quartiers/reportimport/new.html", context)

    def preview_view(self, request, pk):
        """Line by line, what would be filed; a POST files it."""
        self.must(request)
        waiting = get_object_or_404(ReportImport, pk=pk, done_at__isnull=True)
        if request.method == "POST":
            number = imports.run(waiting, now=timezone.now())
            done = count(number, "remontée importée", "remontées importées")
            messages.success(request, f"{done} : elles attendent dans la file.")
            return redirect("admin:quartiers_reportimport_changelist")
        lines = imports.preview(waiting.rows, tool=waiting.tool)
        context = {
            "title": f"Aperçu : {waiting.tool}",
            "lines": lines,
            "ready_count": sum(state == imports.NEW for _, state, _, _ in lines),
        }
        return self.page(request, "admin/quartiers/reportimport/preview.html", context)

    def must(self, request):
        if not self.may(request, "add"):
            raise PermissionDenied

    def page(self, request, template, context):
        request.current_app = self.admin_site.name
        back = reverse("admin:quartiers_reportimport_changelist")
        common = {**self.admin_site.each_context(request), "opts": self.opts, "back": back}
        return TemplateResponse(request, template, {**common, **context})
