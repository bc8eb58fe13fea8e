"""Backups: complete or absent, checked before anything is changed, and restored over data only if asked."""

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from config.backup import archive, media
from config.backup.manifest import NAME, BackupError, Manifest
from config.backup.programs import program
from config.fixed_settings import VERSION
from config.management.progress import Steps
from tests.environment import ROOT, fresh_environment

SHOWN = Steps(lambda _: None)
TABLE = "CREATE TABLE kept (name TEXT); INSERT INTO kept VALUES ('first')"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with a database and a media file."""
    folder = tmp_path / "data"
    (folder / "media" / "invoices").mkdir(parents=True)
    (folder / "media" / "invoices" / "1.pdf").write_bytes(b"%PDF-1")
    with sqlite3.connect(folder / "db.sqlite3") as database:
        database.executescript(TABLE + "; CREATE TABLE django_migrations (id, app, name, applied)")
    return folder


def manage(data: Path, *arguments: object) -> "subprocess.CompletedProcess[str]":
    """Run a command on this data folder."""
    env = fresh_environment(ORDERS_DATA_DIR=str(data))
    command = [sys.executable, str(ROOT / "manage.py"), *map(str, arguments)]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)


def names(data: Path) -> list[str]:
    """The rows of the database."""
    with sqlite3.connect(data / "db.sqlite3") as database:
        return [name for (name,) in database.execute("SELECT name FROM kept")]


def test_a_backup_is_refused_whole_and_restored_whole(data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "backup"
    assert manage(data, "backup", folder).returncode == 0
    with sqlite3.connect(data / "db.sqlite3") as database:
        database.execute("INSERT INTO kept VALUES ('second')")
    (data / "media" / "invoices" / "2.pdf").write_bytes(b"%PDF-2")

    refused = manage(data, "restore", folder)
    assert (refused.returncode, "--force" in refused.stderr) == (1, True)
    assert names(data) == ["first", "second"]

    (folder / "media.tar").write_bytes(b"changed")
    refused = manage(data, "restore", folder, "--force")
    assert (refused.returncode, "checksum differs" in refused.stderr) == (1, True)
    assert names(data) == ["first", "second"]


def test_files_become_those_of_the_backup(data: Path, tmp_path: Path) -> None:
    root, folder = data / "media", tmp_path / "backup"
    folder.mkdir()
    assert media.pack(root, folder, lambda _: None) == 1
    (root / "invoices" / "2.pdf").write_bytes(b"%PDF-2")
    with pytest.raises(BackupError, match="has files already"):
        media.check_empty(root)

    assert media.unpack(folder, root, lambda _: None) == 1

    assert [path.name for path in root.rglob("*.pdf")] == ["1.pdf"]
    assert sorted(path.name for path in data.iterdir()) == ["db.sqlite3", "media"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"format": 2}, "another format"),
        ({"vendor": "oracle"}, "another format"),
        ({"files": {"database.sqlite3": {"bytes": 1}}}, "can't be read"),
        ({"extra": 1}, "can't be read"),
    ],
)
def test_a_manifest_of_another_form_is_refused(tmp_path: Path, changes: dict[str, object], said: str) -> None:
    Manifest("2026-03-01", VERSION, "sqlite", "3", [], {}).write(tmp_path)
    known = json.loads((tmp_path / NAME).read_text())
    (tmp_path / NAME).write_text(json.dumps(known | changes))

    with pytest.raises(BackupError, match=said):
        Manifest.read(tmp_path)


def test_a_backup_of_a_later_version_is_refused() -> None:
    migrations = ["orders.0001_initial", "orders.9999_later", "of_another_app.0001_initial"]

    assert Manifest("", "9.9.9", "sqlite", "", migrations, {}).unknown_migrations() == ["orders.9999_later"]


def test_an_existing_folder_is_not_written_to(tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="exists already"):
        archive.make(tmp_path, SHOWN)
    assert list(tmp_path.iterdir()) == []


def test_without_postgresqls_programs_the_sentence_names_what_to_install(settings, tmp_path: Path) -> None:
    settings.POSTGRESQL_PROGRAMS = str(tmp_path)

    with pytest.raises(BackupError, match=r"postgresql-client-17.*POSTGRESQL_PROGRAMS"):
        program("pg_dump", server=17)


def test_an_older_program_is_not_used(settings, tmp_path: Path) -> None:
    settings.POSTGRESQL_PROGRAMS = str(tmp_path)
    (tmp_path / "pg_dump").write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)'\n")
    os.chmod(tmp_path / "pg_dump", 0o755)

    assert program("pg_dump", server=15) == tmp_path / "pg_dump"
    with pytest.raises(BackupError):
        program("pg_dump", server=16)


def test_the_version_is_that_of_the_project() -> None:
    assert f'version = "{VERSION}"' in (ROOT / "pyproject.toml").read_text()


@pytest.mark.long
def test_a_restored_log_of_the_embedded_default_goes_on_above_lost_sequences(tmp_path: Path) -> None:
    data, folder = tmp_path / "data", tmp_path / "backup"
    for command in (["migrate"], ["demo_data", "--orders", "3"], ["backup", folder], ["restore", folder, "--force"]):
        ran = manage(data, *command)
        assert ran.returncode == 0, ran.stderr
    assert "manage.py events resume" not in ran.stdout
    with sqlite3.connect(data / "db.sqlite3") as database:
        ((head, resumed_at),) = database.execute("SELECT head, resumed_at FROM events_stream")
    assert resumed_at > head
