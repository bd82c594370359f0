"""Static files as production collects them."""

import json
import re

from django.core.management import call_command

from vitre_civique.lib.static_files import bundled


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

    name = json.loads((tmp_path / "staticfiles.json").read_text())["paths"]["css/app.css"]
    css = (tmp_path / name).read_text()
    assert re.findall(r"@import|@charset", css) == []
    assert [css.count(words) for words in ("@layer bootstrap {", ".hour-ring svg {", "@media print {")] == [
        1,
        2,
        1,
    ]


def test_imports_keep_their_layer_and_medium():
    files = {
        "css/app.css": '@layer a, b;\n@import url("../x/a.css") layer(a);\n@import url("b.css");\n'
        '@import url("p.css") layer(b) print;\n',
        "x/a.css": '@charset "UTF-8";i{}',
        "css/b.css": "b{}",
        "css/p.css": "p{}",
    }

    assert bundled("css/app.css", files.__getitem__) == (
        "@layer a, b;\n@layer a {\ni{}\n}\nb{}\n@media print {\n@layer b {\np{}\n}\n}\n"
    )
