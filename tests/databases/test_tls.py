"""PostgreSQL and RabbitMQ over TLS, with an authority of our own: certificate and name are checked."""

import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

from tests.environment import ROOT, fresh_environment
from tests.servers.products import PostgresServer, RabbitServer
from tests.servers.tls import POSTGRESQL, certificate_of, over_tls

pytestmark = pytest.mark.postgresql
HERE, ELSEWHERE = "127.0.0.1", "127.0.0.2"
CONNECT = """
import django
django.setup()
from django.db import connection
from config.celery import app
def tried(connect):
    try:
        return connect()
    except Exception as error:
        return f"{type(error).__name__}: {error}"
def database():
    del connection.settings_dict["OPTIONS"]["pool"]  # It would try again until its time is over, and not say why.
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return "connected"
def broker():
    with app.connection_for_write() as broker:
        broker.connect()
        return "connected"
print(tried(database).splitlines()[0])
print(tried(broker).splitlines()[0])
"""


def moved(url: str, **parts: str) -> str:
    """The URL with other parts."""
    return urlunsplit(urlsplit(url)._replace(**parts))


def connected(postgres: str, broker: str, broker_authority: Path) -> list[str]:
    """What a process with these settings says of its database and its broker."""
    settings = {
        "DATABASE_URL": postgres,
        "BROKER_URL": broker,
        "BROKER_CA_FILE": str(broker_authority),
        "SECRET_KEY": "k" * 50,
        "ALLOWED_HOSTS": "localhost",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    command = [sys.executable, "-c", CONNECT]
    env = fresh_environment(PYTHONPATH=str(ROOT), **settings)
    ended = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.splitlines()


@pytest.mark.parametrize(
    ("address", "is_known", "said"),
    [
        (HERE, True, ("connected", "connected")),
        (HERE, False, ("certificate verify failed", "certificate verify failed")),
        (ELSEWHERE, True, ("does not match host name", "IP address mismatch")),
    ],
    ids=["ours", "of another authority", "of another server"],
)
def test_certificate_and_name_are_checked(
    address: str,
    is_known: bool,
    said: tuple[str, str],
    postgres_server: PostgresServer,
    rabbit_server: RabbitServer,
    tmp_path: Path,
) -> None:
    postgres, rabbit = urlsplit(postgres_server.url), urlsplit(rabbit_server.url)
    other = tmp_path / "other"
    other.mkdir()
    _, unknown = certificate_of(HERE, other)
    with ExitStack() as stack:
        (tmp_path / "postgres").mkdir()
        opened = over_tls(postgres.port or 5432, address, tmp_path / "postgres", asked=POSTGRESQL)
        postgres_port, postgres_authority = stack.enter_context(opened)
        rabbit_port, rabbit_authority = stack.enter_context(over_tls(rabbit.port or 5672, address, tmp_path))
        user = f"{postgres.username}:{postgres.password}" if postgres.password else postgres.username
        root = postgres_authority if is_known else unknown
        found = connected(
            moved(
                postgres_server.url,
                netloc=f"{user}@{HERE}:{postgres_port}",
                query=f"sslmode=verify-full&sslrootcert={root}",
            ),
            moved(
                rabbit_server.url,
                scheme="amqps",
                netloc=f"{rabbit.username}:{rabbit.password}@{HERE}:{rabbit_port}",
            ),
            rabbit_authority if is_known else unknown,
        )

    assert [part in line for part, line in zip(said, found, strict=True)] == [True, True], found
