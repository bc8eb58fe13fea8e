"""``./dev production`` with what can't work: everything is said at once, and nothing is started."""

import subprocess
import sys

import pytest

from tests.environment import ROOT, fresh_environment
from tests.production import given
from tests.servers.processes import free_port
from tests.servers.products import PostgresServer, RabbitServer, RedisServer
from tests.servers.server import Server

AWAY = "127.0.0.1:1"
SERVERS: list[type[Server]] = [PostgresServer, RedisServer, RabbitServer]


@pytest.fixture(autouse=True)
def nothing_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    for server in SERVERS:
        monkeypatch.delenv(server.variable, raising=False)
        monkeypatch.delenv(f"TEST_{server.variable}", raising=False)


def refused(port: int, **changes: str) -> list[str]:
    """The message with which the command refuses to start."""
    command = [sys.executable, "-m", "tests.production", "--port", str(port)]
    env = fresh_environment(PYTHONPATH=str(ROOT), **changes)
    env = {name: value for name, value in env.items() if not name.startswith("TEST_")}  # The runner's servers.
    ended = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stdout) == (1, "")
    return ended.stderr.splitlines()


@pytest.mark.e2e
def test_all_that_is_wrong_is_said_at_once_and_without_passwords() -> None:
    wrong = {"DATABASE_URL": "mysql://them:secret@db/x", "REDIS_URL": f"redis://:secret@{AWAY}", "METRICS_PORT": "none"}

    first, *said = refused(1, **wrong, BROKER_URL=f"amqp://them:secret@{AWAY}//", DATABASE_POOL_SIZE="0")

    assert first == "./dev production can't start:"
    assert [line.split()[1] for line in said] == [
        *("DATABASE_URL", "DATABASE_POOL_SIZE", "METRICS_PORT"),
        *("REDIS_URL:", "BROKER_URL:"),
    ]
    assert "secret" not in str(said)


def test_valid_settings_and_free_ports_are_no_problem() -> None:
    assert given.problems([free_port()]) == []


def test_port_in_use_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(given, "wrong_settings", list)
    monkeypatch.setattr(given, "listens", lambda port: port == 8001)

    assert given.problems([8000, 8001]) == [
        "Port 8001 is in use: end what listens there, or choose others with --port."
    ]


@pytest.mark.parametrize(
    ("server", "address"),
    [(RedisServer, "redis://one;redis://two"), (RedisServer, "unix:///run/redis.sock"), (RabbitServer, "redis://one")],
)
def test_server_that_the_command_can_not_share_is_refused(
    monkeypatch: pytest.MonkeyPatch, server: type[Server], address: str
) -> None:
    monkeypatch.setenv(server.variable, address)

    [said] = given.unusable(server)

    assert said.startswith(f"{server.variable} has to name one {server.product} here")


def test_login_that_may_not_create_logins_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with PostgresServer() as server:
        monkeypatch.setenv("DATABASE_URL", server.logins["DATABASE_URL"])
        [said] = given.unusable(PostgresServer)
        monkeypatch.setenv("DATABASE_URL", server.address)
        others = [*given.unusable(PostgresServer)]

    assert said.startswith("DATABASE_URL needs a login that may create databases and logins")
    assert others == []
