"""What stops a start, and what is only logged; the same for web, worker and dispatcher."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import CheckMessage, Error, Warning
from django.core.management import call_command
from django.core.management.base import CommandError
from pytest_django import Settings
from structlog.testing import capture_logs

from config.celery import check_before_work
from config.management.commands import serve
from events.management import start_checks
from events.management.start_checks import CannotStart, check_start
from tests.environment import ROOT, fresh_environment
from tests.servers.products import PostgresServer

AWAY = "127.0.0.1:1"
MISSING = Error("The database lacks 2 migrations.", hint="Run: migrate.", id="events.E001")
UNSAFE = Warning("The login bypasses row-level security.", hint="See the docs.", id="tenants.W001")
START = {
    "web": lambda: call_command("serve"),
    "worker": check_before_work,
    "dispatcher": lambda: call_command("dispatcher"),
}


@pytest.fixture
def found(settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[CheckMessage]:
    """The findings of the checks of a process of production; the pages may not be built yet where tests run."""
    settings.EMBEDDED = settings.ORDERS_DEMO = False
    settings.STATIC_ROOT = settings.FRONTEND_DIST = tmp_path
    messages: list[CheckMessage] = []
    monkeypatch.setattr(start_checks, "problems", lambda: iter(messages))
    return messages


@pytest.mark.parametrize("start", START.values(), ids=START)
def test_each_process_refuses_what_has_to_be_changed_first(
    found: list[CheckMessage], start: Callable[[], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("signal.pthread_sigmask", lambda *_: None)
    monkeypatch.setattr(serve, "end_with_status_0", lambda: None)
    found += [MISSING, UNSAFE, Error("The login may not become orders_relay.", hint="Grant it.", id="tenants.E001")]

    with capture_logs() as logs, pytest.raises(CannotStart) as refused:
        start()

    assert str(refused.value).splitlines() == [
        "This process can't start:",
        "  - The database lacks 2 migrations.",
        "    Run: migrate.",
        "  - The login may not become orders_relay.",
        "    Grant it.",
    ]
    [line] = logs
    assert (line["event"], line["id"], line["advice"]) == ("start_check", "tenants.W001", "See the docs.")


def test_outages_that_may_end_by_themselves_stop_no_start(found: list[CheckMessage]) -> None:
    found.append(UNSAFE)

    with capture_logs() as logs:
        check_start()

    assert [line["problem"] for line in logs] == [UNSAFE.msg]


def test_embedded_default_is_not_checked(found: list[CheckMessage], settings: Settings) -> None:
    settings.EMBEDDED = True
    found.append(MISSING)

    check_start()


@pytest.mark.parametrize(
    ("redis", "broker", "ids"),
    [
        ("", "", ["events.W002", "events.W004"]),
        (f"redis://:secret@{AWAY}", f"amqp://g:secret@{AWAY}//", ["events.W003", "events.W005"]),
        (f"redis://:secret@{AWAY}", f"redis://:secret@{AWAY}", ["events.W003", "events.W005"]),
    ],
)
def test_servers_that_are_not_set_or_do_not_answer_are_named(
    settings: Settings, redis: str, broker: str, ids: list[str]
) -> None:
    settings.REDIS_URL, settings.BROKER_URL = redis, broker

    messages = [*start_checks.redis_problems(), *start_checks.broker_problems()]

    assert [one.id for one in messages] == ids
    assert "secret" not in str(messages)


@pytest.mark.parametrize("missing", [[], ["STATIC_ROOT"], ["FRONTEND_DIST"], ["STATIC_ROOT", "FRONTEND_DIST"]])
def test_web_process_names_missing_files_for_browsers(settings: Settings, tmp_path: Path, missing: list[str]) -> None:
    settings.STATIC_ROOT = settings.FRONTEND_DIST = tmp_path
    for name in missing:
        setattr(settings, name, tmp_path / name)

    said = [one.msg for one in serve.static_problems()]

    assert len(said) == bool(missing)
    assert all(f"no {tmp_path / name}" in said[0] for name in missing)


def test_open_demo_is_not_served_to_other_machines(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "end_with_status_0", lambda: None)
    settings.ORDERS_DEMO = True

    with pytest.raises(CommandError, match="Close the demo first"):
        call_command("serve", "--host", "0.0.0.0")


@pytest.mark.e2e
def test_database_without_tables_is_refused_with_what_to_do(tmp_path: Path) -> None:
    settings = {"SECRET_KEY": "k" * 50, "ALLOWED_HOSTS": "shop.example", "ORDERS_DATA_DIR": str(tmp_path)}
    command: list[Any] = [sys.executable, ROOT / "manage.py", "serve", "--port", "0"]
    with PostgresServer() as server:
        env = fresh_environment(**settings, DATABASE_URL=server.url)
        ended = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)

    assert ended.returncode == 1
    assert [word in ended.stderr for word in ("tenants.W001", "events.W002", "events.W004")] == [True] * 3
    first, problem, advice = ended.stderr.splitlines()[-3:]
    assert first == "This process can't start:"
    assert problem.startswith("  - The database lacks ")
    assert advice.startswith("    Run: python manage.py migrate")
