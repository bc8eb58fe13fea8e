import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from config.embedded import preflight
from config.embedded.preflight import CannotStart
from tenants.auth.proxies import is_loopback


@pytest.fixture
def data_dir(settings: Settings, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path / "data"
    return tmp_path / "data"


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_loopback_is_for_this_machine_only(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.20", "example.org"])
def test_other_hosts_are_for_others_too(host: str) -> None:
    assert not is_loopback(host)


def test_open_demo_is_refused_where_others_can_reach_it(settings: Settings) -> None:
    settings.ORDERS_DEMO = True

    with pytest.raises(CannotStart, match="set ORDERS_DEMO=0"):
        preflight.refuse_open_demo("0.0.0.0")


@pytest.mark.parametrize(("demo", "host"), [(False, "0.0.0.0"), (True, "127.0.0.1")])
def test_closed_demo_or_loopback_is_served(settings: Settings, demo: bool, host: str) -> None:
    settings.ORDERS_DEMO = demo

    preflight.refuse_open_demo(host)


def test_production_is_refused_with_its_commands(settings: Settings) -> None:
    settings.EMBEDDED = False

    lines = [r"web +python manage\.py serve", r"worker +celery .*", r"dispatcher +python manage\.py dispatcher"]
    with pytest.raises(CannotStart, match=r"\n  ".join(lines)):
        preflight.refuse_production()


def test_taken_port_is_refused_with_another_to_try(taken_port: int) -> None:
    with pytest.raises(CannotStart, match=f"port {taken_port}: Address already in use.* --port {taken_port + 1}$"):
        preflight.free_address("127.0.0.1", taken_port)


def test_localhost_is_the_address_that_clients_try() -> None:
    assert preflight.free_address("localhost", 0) == "127.0.0.1"


def test_data_folder_is_made_and_held_by_one_process(data_dir: Path) -> None:
    with preflight.own_data_dir(), pytest.raises(CannotStart, match=r"Already running on .* \(process \d+\)"):
        preflight.own_data_dir()

    preflight.own_data_dir().close()


def test_data_folder_that_cannot_be_written_is_refused(data_dir: Path) -> None:
    data_dir.write_text("a file in its place")

    with pytest.raises(CannotStart, match="Make it writable, or name another: ORDERS_DATA_DIR="):
        preflight.own_data_dir()


def test_reset_deletes_what_is_ours_and_nothing_else(tmp_path: Path) -> None:
    for name in ("db.sqlite3", "db.sqlite3-wal", "secret_key", "notes.txt"):
        (tmp_path / name).write_text(name)
    (tmp_path / "outbox" / "today").mkdir(parents=True)

    assert preflight.reset(tmp_path) == ["db.sqlite3", "db.sqlite3-wal", "secret_key", "outbox"]

    assert [one.name for one in tmp_path.iterdir()] == ["notes.txt"]


def test_reset_does_not_follow_a_link_out_of_the_data_folder(tmp_path: Path) -> None:
    elsewhere, folder = tmp_path / "elsewhere", tmp_path / "data"
    elsewhere.mkdir()
    folder.mkdir()
    (elsewhere / "photo.jpg").touch()
    (folder / "media").symlink_to(elsewhere)

    assert preflight.reset(folder) == []

    assert (elsewhere / "photo.jpg").exists()
