"""Long lists written by a worker, a few hundred rows at a time, for who asked (UX-12, SEC-26).

Each app registers its lists in its exports.py. The database is the to-do list: a worker killed half-way is
followed by another one, which begins again.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import tablib
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Q

from vitre_civique.lib.spreadsheets import file_of

from .models import FileState, PreparedFile

AT_ONCE_AT_MOST = 2000  # rows: beyond, the page would keep somebody waiting
CHUNK = 500
KEPT = timedelta(hours=24)
SILENT = timedelta(minutes=5)  # a worker that has written nothing for so long is gone


@dataclass(frozen=True)
class Source:
    """`rows(pks)`: a queryset with all that `resource()` reads; `action`: the right it takes."""

    label: str
    rows: Callable
    resource: Callable
    action: str


SOURCES: dict[str, Source] = {}


def ask(source, rows, *, name, file_format, by, now):
    """Put the list of `rows`, as they are now, on the to-do list."""
    pks = list(rows.values_list("pk", flat=True))
    return PreparedFile.objects.create(
        by=by,
        source=source,
        pks=pks,
        name=name,
        file_format=file_format,
        row_count=len(pks),
        asked_at=now,
        expires_at=now + KEPT,
    )


def prepare_next(*, clock):
    """Write the file that has waited longest; None when nothing waits, or when it was forgotten meanwhile.

    Two workers never take the same.
    """
    file = _claim(clock())
    if file is None:
        return None
    storage, name = file.content.storage, file.content.name
    try:
        content = _content(file, clock)
    except Exception:
        _still_ours(file).update(state=FileState.FAILED, pks=[])
        raise
    storage.save(name, ContentFile(content))
    if not _keep(file):
        storage.delete(name)
        return None
    return file


def forget_old(*, now):
    """Sweep: row and file, a day after; how many."""
    return forget(PreparedFile.objects.filter(expires_at__lte=now))


def forget(rows):
    old = list(rows)
    for file in old:
        storage, name = file.content.storage, file.content.name
        file.delete()
        if name:
            storage.delete(name)
    return len(old)


def _claim(now):
    free = Q(state=FileState.QUEUED) | Q(state=FileState.WORKING, seen_working_at__lte=now - SILENT)
    with transaction.atomic():
        rows = PreparedFile.objects.select_for_update(of=("self",), skip_locked=True)
        file = rows.filter(free, expires_at__gt=now).order_by("id").first()
        if file is not None:
            left_behind = file.content.name
            file.state, file.done_count, file.seen_working_at = FileState.WORKING, 0, now
            # The row knows the name before there is a file: a list of people never lies about unknown.
            random_name = f"{secrets.token_urlsafe(16)}.{file.file_format}"
            file.content.name = file.content.field.generate_filename(file, random_name)
            file.save(update_fields=["state", "done_count", "seen_working_at", "content"])
    if file is not None and left_behind:
        file.content.storage.delete(left_behind)
    return file


def _still_ours(file):
    """The row, unless it was forgotten or another worker took it over."""
    return PreparedFile.objects.filter(pk=file.pk, state=FileState.WORKING, content=file.content.name)


def _keep(file):
    return _still_ours(file).update(state=FileState.READY, pks=[])


def _content(file, clock):
    source = SOURCES[file.source]
    resource = source.resource()
    dataset = tablib.Dataset(headers=resource.get_export_headers())
    for start in range(0, len(file.pks), CHUNK):
        chunk = file.pks[start : start + CHUNK]
        found = {row.pk: row for row in source.rows(chunk)}
        for pk in chunk:
            if pk in found:  # erased meanwhile: left out
                dataset.append(resource.export_resource(found[pk]))
        progress = {"done_count": start + len(chunk), "seen_working_at": clock()}
        PreparedFile.objects.filter(pk=file.pk).update(**progress)
        file.done_count = progress["done_count"]
    return file_of(dataset, file.file_format)[0]
