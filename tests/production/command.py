"""``./dev production``: the production shape on this machine, until Ctrl-C.

Two web processes, two workers and two dispatchers, on PostgreSQL with the documented logins, Redis and RabbitMQ:
those that DATABASE_URL, REDIS_URL and BROKER_URL give, or that are found on this machine, or servers of its own. In a
server that others use too it has a database, a key space and a queue of its own, which are removed at the end.
"""

import os
import signal
import urllib.error
import urllib.request
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.e2e.stack import Production, environment_of
from tests.production.given import problems
from tests.production.system import Member, System, say
from tests.servers.processes import free_port
from tests.servers.products import PostgresServer, RabbitServer, RedisServer
from tests.servers.server import NoServer

HERE = "production"
COPIES = 2
"""How many of each process run."""


def services(stack: ExitStack) -> dict[str, str]:
    """The settings that name the servers, which live as long as the stack."""
    postgres, redis = stack.enter_context(PostgresServer()), stack.enter_context(RedisServer())
    given = [postgres.logins, redis.environment]
    try:
        rabbit = stack.enter_context(RabbitServer())
        given.append(rabbit.environment)
        broker = rabbit.describe()
    except NoServer as missing:
        broker = f"Redis as the broker ({missing})"
    say(HERE, f"on {postgres.describe()}, {redis.describe()}, {broker}")
    return environment_of(*given)


def is_alive(port: int) -> bool:
    """Whether a process answers so at its METRICS_PORT."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/livez", timeout=1) as answer:
            return bool(answer.status == 200)
    except urllib.error.HTTPError as refusal:
        refusal.close()  # It holds the connection.
        return False
    except OSError:
        return False


def members(copies: Sequence[Production]) -> list[Member]:
    """The processes of each copy, with a METRICS_PORT each; a worker's answers also for its children."""
    found = []
    for number, copy in enumerate(copies, start=1):
        for process in copy.processes():
            health = free_port()
            process.name = f"{process.name}-{number}"
            say(process.name, f"metrics at http://127.0.0.1:{health}/metrics")
            process.env = copy.env | {
                "METRICS_PORT": str(health),
                "LOG_LEVEL": os.environ.get("LOG_LEVEL", "WARNING"),
                "SECURE_COOKIES": "0",
            }
            if process.name.startswith("worker"):
                merged = copy.directory / "metrics" / process.name
                merged.mkdir(parents=True)
                process.env["PROMETHEUS_MULTIPROC_DIR"] = str(merged)
            found.append(Member(process, partial(is_alive, health)))
    return found


def prepared(directory: Path, settings: dict[str, str], ports: Sequence[int]) -> list[Member]:
    """Make the tables and the static files, say how to call the system, and set up the processes."""
    copies = [Production(directory, "uvicorn", settings, port) for port in ports]
    say(HERE, "making the tables and collecting the static files")
    shop = copies[0].prepare()
    copies[0].manage("collectstatic", "--no-input", "-v0")
    addresses = " and ".join(f"http://127.0.0.1:{port}" for port in ports)
    say(HERE, f"{addresses}, with the header Authorization: Bearer {shop.token}")
    return members(copies)


def main(arguments: Sequence[str]) -> int:
    """Run until SIGTERM or Ctrl-C; 0 once all has ended."""
    parser = ArgumentParser(prog="./dev production", description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=8000, help="of the first web process; the second has the next one")
    port: int = parser.parse_args(arguments).port
    ports = range(port, port + COPIES)
    if wrong := problems(ports):
        parser.exit(1, "\n".join(["./dev production can't start:", *(f"  - {one}" for one in wrong), ""]))
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with ExitStack() as stack:
        try:
            directory = Path(stack.enter_context(TemporaryDirectory(prefix="orders-production-")))
            system = System(prepared(directory, services(stack), ports))
        except KeyboardInterrupt:
            return 0
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: system.stopping.set())
        system.run()
        say(HERE, "removing the database, the key space and the queue")
    return 0
