"""What would cost every test something and teaches none of them anything."""

import functools
import gc
from zipfile import ZipFile

import lucide
from django.contrib.auth.hashers import Argon2PasswordHasher


class QuickArgon2PasswordHasher(Argon2PasswordHasher):
    """The hasher of the site, for people whose password nobody wants to guess."""

    time_cost = 1
    memory_cost = 8
    parallelism = 1


class OpenArchive(ZipFile):
    """Stays open: the package of icons reads the list of its 1,700 names again for each icon."""

    def __exit__(self, *exc):
        return None


@functools.cache
def archive_of(path):
    return OpenArchive(path)


def keep_archive_open() -> None:
    lucide.ZipFile = lambda file, mode: archive_of(file.name)


def collect_garbage_rarely() -> None:
    """What the imports made stays to the end: looking through it again and again is a sixth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
