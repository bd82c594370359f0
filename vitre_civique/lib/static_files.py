"""Which static files are collected: of Bootstrap, the one style sheet that we serve; no source map."""

from django.contrib.staticfiles.finders import FileSystemFinder
from whitenoise.storage import CompressedManifestStaticFilesStorage

# Compressing the 30 MB of variants that nobody asks for takes longer than all the rest of a deployment.
NEVER_SERVED = ["*.map", "*.rtl.*", "bootstrap-*", "bootstrap.css", "bootstrap.esm*", "bootstrap*.js"]


class ServedFilesFinder(FileSystemFinder):
    def list(self, ignore_patterns):
        return super().list([*(ignore_patterns or []), *NEVER_SERVED])


class ServedFilesStorage(CompressedManifestStaticFilesStorage):
    """Leaves « sourceMappingURL » comments alone: their files are not collected."""

    patterns = tuple(
        (files, tuple(each for each in patterns if "sourceMappingURL" not in str(each)))
        for files, patterns in CompressedManifestStaticFilesStorage.patterns
    )
