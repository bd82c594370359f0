"""« Fichiers préparés » in the desk: one's own long lists, how far they are, and taking them away."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html

from vitre_civique.lib.spreadsheets import TYPES

from .desk import ReadOnlyDeskAdmin
from .files import SOURCES
from .models import FileState, PreparedFile
from .permissions import can
from .reauthentication import require_recent_authentication


@admin.register(PreparedFile)
class PreparedFileAdmin(ReadOnlyDeskAdmin):
    change_form_template = "admin/accounts/file.html"
    list_display = ["__str__", "state", "progress", "expires_at"]
    ordering = ["-id"]
    actions = None
    fields = ["asked_at", "row_count", "expires_at"]

    def get_queryset(self, request):
        """One's own only: a list of names is given to who said why."""
        return super().get_queryset(request).filter(by=request.user)

    @admin.display(description="avancement")
    def progress(self, file):
        return format_html(
            "<progress max='{}' value='{}' aria-label='Avancement de {}'></progress> {} sur {}",
            max(file.row_count, 1),
            file.done_count,
            file,
            file.done_count,
            file.row_count,
        )

    def get_urls(self):
        take = path(
            "<int:pk>/prendre/", self.admin_site.admin_view(self.take), name="accounts_preparedfile_take"
        )
        return [take, *super().get_urls()]

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):  # noqa: FBT002 (Django's own signature)
        context["title"], context["subtitle"] = "Fichier préparé", str(obj)
        context["progress"], context["is_ready"] = self.progress(obj), obj.state == FileState.READY
        context["is_failed"] = obj.state == FileState.FAILED
        context["take_url"] = reverse("admin:accounts_preparedfile_take", args=[obj.pk])
        return super().render_change_form(request, context, add, change, form_url, obj)

    def take(self, request, pk):
        """The file, to who asked, as long as they still may and have just said who they are."""
        file = self.get_queryset(request).filter(pk=pk, state=FileState.READY).first()
        if file is None or file.expires_at <= timezone.now():
            raise Http404
        if not can(request.user, SOURCES[file.source].action):
            raise PermissionDenied
        require_recent_authentication(request)
        return FileResponse(
            file.content.open("rb"),
            as_attachment=True,
            filename=str(file),
            content_type=TYPES[file.file_format],
        )
