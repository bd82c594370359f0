"""Static files in the tests: no minute lost collecting them, yet a file that does not exist still fails."""

from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage


class FoundStaticFilesStorage(StaticFilesStorage):
    """Served by the finders, and as strict as the manifest of production about names."""

    def url(self, name):
        if finders.find(name) is None:
            raise ValueError(f"No static file is named {name}.")
        return super().url(name)
