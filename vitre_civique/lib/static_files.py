"""Which static files are collected, of Bootstrap the one style sheet that we serve, and in one piece."""

import posixpath
import re

from django.contrib.staticfiles.finders import FileSystemFinder
from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

# Compressing the 30 MB of variants that nobody asks for takes longer than all the rest of a deployment.
NEVER_SERVED = ["*.map", "*.rtl.*", "bootstrap-*", "bootstrap.css", "bootstrap.esm*", "bootstrap*.js"]


# Written as a table of contents, served as one file: a dozen requests less on a first visit.
SHEET = "css/app.css"
IMPORT = re.compile(r'@import url\("(?P<name>[^"]+)"\)(?: layer\((?P<layer>\w+)\))?(?P<medium> \w+)?;')


def bundled(sheet, read):
    """The sheet named `sheet` with every `@import` replaced by the file itself, its layer and medium kept."""

    def piece(match):
        css = read(posixpath.normpath(posixpath.join(posixpath.dirname(sheet), match["name"])))
        css = css.removeprefix('@charset "UTF-8";')
        css = f"@layer {match['layer']} {{\n{css}\n}}" if match["layer"] else css
        return f"@media{match['medium']} {{\n{css}\n}}" if match["medium"] else css

    return IMPORT.sub(piece, read(sheet))


class ServedFilesFinder(FileSystemFinder):
    def list(self, ignore_patterns):
        return super().list([*(ignore_patterns or []), *NEVER_SERVED])


class ServedFilesStorage(CompressedManifestStaticFilesStorage):
    """Serves the style sheet in one piece. Leaves « sourceMappingURL » alone: those are not collected."""

    patterns = tuple(
        (files, tuple(each for each in patterns if "sourceMappingURL" not in str(each)))
        for files, patterns in CompressedManifestStaticFilesStorage.patterns
    )

    def post_process(self, paths, dry_run=False, **options):  # noqa: FBT002 (Django's signature)
        if SHEET in paths and not dry_run:

            def read(name):
                storage, path = paths[name]
                with storage.open(path) as file:
                    return file.read().decode()

            css = bundled(SHEET, read)
            self.delete(SHEET)
            self._save(SHEET, ContentFile(css.encode()))
            paths = {**paths, SHEET: (self, SHEET)}
        yield from super().post_process(paths, dry_run, **options)
