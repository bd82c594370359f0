"""Backup and restore on a seeded town, as the technician does it: the erased stay erased, people sign in."""

import tarfile
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from missions.erasure import erase_person
from missions.models import Mission
from tests.factories import TODAY, create_user
from vitre_civique.accounts.models import User
from vitre_civique.demo.seed import seed_demo
from vitre_civique.lib import backups

PASSWORD = "une phrase assez longue pour une mairie"


def count_rows():
    with connection.cursor() as cursor:
        tables = sorted(connection.introspection.table_names(cursor))
        counts = {}
        for table in tables:
            cursor.execute(f'SELECT count(*) FROM "{table}"')  # noqa: S608 (our own tables)
            counts[table] = cursor.fetchone()[0]
    return counts


def photos(folder):
    files = [file for file in folder.rglob("*") if file.is_file()]
    return {str(file.relative_to(folder)): file.read_bytes() for file in files}


@pytest.fixture
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.MEDIA_ROOT.mkdir()
    return settings.MEDIA_ROOT


@pytest.mark.django_db(transaction=True)
def test_a_town_is_saved_restored_and_goes_on(media, tmp_path, client):
    seed_demo(today=TODAY)
    leaver = create_user(first_name="Canari", password=PASSWORD)
    stayer = create_user(password=PASSWORD)
    (media / "photo.jpg").write_bytes(b"photo")
    call_command("backup", tmp_path / "lundi", stdout=StringIO())
    before, photos_before = count_rows(), photos(media)

    # Life goes on, then the disk dies: what happened since is lost, except the register of erasures.
    erase_person(leaver, now=timezone.now(), asked="person")
    register = tmp_path / "effacements.csv"
    with register.open("w") as file:
        call_command("replay_erasures", "--write", stdout=file)
    Mission.objects.update(title="Abîmé")
    (media / "photo.jpg").unlink()
    (media / "later.jpg").write_bytes(b"later")

    call_command("restore", tmp_path / "lundi", "--yes", stdout=StringIO())

    assert count_rows() == before
    assert not Mission.objects.filter(title="Abîmé").exists()
    assert photos(media) == photos_before
    assert User.objects.get(pk=leaver.pk).first_name == "Canari"

    call_command("migrate", verbosity=0)
    call_command("replay_erasures", str(register), stdout=StringIO())
    assert not User.objects.filter(first_name="Canari").exists()
    assert Client().login(email=stayer.email, password=PASSWORD) is True
    assert Client().login(email=leaver.email, password=PASSWORD) is False
    # Keys go on after the restored ones.
    assert create_user().pk > stayer.pk


@pytest.mark.django_db(transaction=True)
def test_a_broken_backup_changes_nothing(media, tmp_path):
    user = create_user()
    call_command("backup", tmp_path / "lundi", stdout=StringIO())
    dump = tmp_path / "lundi" / backups.DATABASE
    dump.write_bytes(dump.read_bytes()[: dump.stat().st_size * 2 // 3])

    with pytest.raises(CommandError):
        call_command("restore", tmp_path / "lundi", "--yes")
    assert User.objects.get() == user


@pytest.mark.django_db(transaction=True)
def test_a_backup_is_for_its_owner_only_and_never_overwritten(media, tmp_path):
    call_command("backup", tmp_path / "lundi", stdout=StringIO())
    assert (tmp_path / "lundi").stat().st_mode & 0o777 == 0o700

    with pytest.raises(CommandError, match="existe déjà"):
        call_command("backup", tmp_path / "lundi")
    with pytest.raises(CommandError, match="--yes"):
        call_command("restore", tmp_path / "lundi")
    with pytest.raises(CommandError, match="pas une sauvegarde"):
        call_command("restore", tmp_path, "--yes")


def test_an_archive_writes_plain_files_inside_its_folder_only(tmp_path):
    (tmp_path / "photo.jpg").write_bytes(b"photo")
    (tmp_path / "link").symlink_to("/etc")
    with tarfile.open(tmp_path / "media.tar", "w") as archive:
        for name in ("2026/photo.jpg", "../outside.jpg"):
            archive.add(tmp_path / "photo.jpg", arcname=name)
        archive.add(tmp_path / "link", arcname="link")
    media = tmp_path / "media"
    media.mkdir()

    with tarfile.open(tmp_path / "media.tar") as archive:
        backups.unpack(archive, media)

    assert sorted(media.rglob("*")) == [media / "2026", media / "2026" / "photo.jpg"]
    assert not (tmp_path / "outside.jpg").exists()
