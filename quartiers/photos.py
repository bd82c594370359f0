"""The photos of a report: at most three, kept and taken away with their files. Cleaning: lib/photos.py."""

from django.db import transaction

from .models import NeedReport, ReportPhoto

AT_MOST = 3


@transaction.atomic
def keep_photo(report, image, description):
    """Store a cleaned photo at the first free place; None when three are there already."""
    NeedReport.objects.select_for_update(of=("self",)).get(pk=report.pk)
    taken = set(report.photos.values_list("position", flat=True))
    free = [position for position in range(1, AT_MOST + 1) if position not in taken]
    if not free:
        return None
    return ReportPhoto.objects.create(
        report=report, image=image, description=description.strip(), position=free[0]
    )


def erase_photo(photo):
    """The row now, the file once the row is really gone."""
    storage, name = photo.image.storage, photo.image.name
    photo.delete()
    transaction.on_commit(lambda: storage.delete(name))


def erase_photos(report):
    for photo in report.photos.all():
        erase_photo(photo)
