"""Static files as production collects them."""

from django.core.management import call_command


def test_collected_files_are_those_we_serve(tmp_path, settings):
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    call_command("collectstatic", interactive=False, verbosity=0)

    bootstrap = sorted(path.name for path in (tmp_path / "bootstrap").rglob("*") if path.is_file())
    assert bootstrap == ["LICENSE", "bootstrap.min.css", "version.txt"]
    assert list(tmp_path.rglob("*.map")) == []


def test_manifest_of_production_is_built_without_a_missing_reference(tmp_path, settings):
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "vitre_civique.lib.static_files.ServedFilesStorage"},
    }
    settings.WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ["css", "js", "svg", "txt", "po", "mo", "json"]

    call_command("collectstatic", interactive=False, verbosity=0)

    assert "css/app.css" in (tmp_path / "staticfiles.json").read_text()
