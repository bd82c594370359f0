"""Settings that collect static files without their compressed twins, which take ten seconds."""

from vitre_civique.lib.static_files import ServedFilesStorage
from vitre_civique.settings import *  # noqa: F403
from vitre_civique.settings import STORAGES


class NotCompressed(ServedFilesStorage):
    def post_process_with_compression(self, files):
        yield from files


STORAGES["staticfiles"] = {"BACKEND": "benchmarks.quick_static.NotCompressed"}
