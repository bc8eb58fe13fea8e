"""The two ways to run the system, as real processes."""

import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import psutil

from tenants.context import ALL_SCOPES
from tests.e2e.shop import Shop
from tests.environment import ROOT, fresh_environment
from tests.servers.processes import Process, free_port

FIRST_START_SECONDS = 300
END_SECONDS = 15


def is_ready(address: str) -> bool:
    """Whether the web server answers that it is ready."""
    try:
        with urllib.request.urlopen(f"{address}/readyz", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def clone(directory: Path) -> Path:
    """A clean clone of what is committed, as a new user has it."""
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(directory)], check=True)
    return directory


@dataclass
class Embedded:
    """``./dev up`` in a clean clone."""

    root: Path
    port: int = field(default_factory=free_port)
    env: dict[str, str] = field(default_factory=dict)
    logs: Path | None = None

    def __post_init__(self) -> None:
        command: list[str | Path] = [self.root / "dev", "up", "--port", str(self.port)]
        env = fresh_environment(**self.env)
        self.process = Process("dev-up", command, directory=self.logs or self.root, env=env)

    @property
    def shop(self) -> Shop:
        return Shop(f"http://127.0.0.1:{self.port}")

    def start(self) -> float:
        """Start it and wait until it is ready; how many seconds that took."""
        begun = time.monotonic()
        self.process.start()
        self.process.wait_until_ready(lambda: is_ready(self.shop.address), timeout_seconds=FIRST_START_SECONDS)
        return time.monotonic() - begun

    def stop(self, signum: int = signal.SIGTERM) -> int:
        """Ask it to end; its exit status. Raises if a process of its tree is left."""
        tree = [psutil.Process(self.process.pid), *psutil.Process(self.process.pid).children(recursive=True)]
        status = self.process.stop(signum, timeout_seconds=END_SECONDS)
        left = [one for one in tree if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]
        assert left == [], f"still running: {left}"
        return status

    async def mails(self) -> Counter[str]:
        """How many mails each customer of this run got, by the name before the @; repeats by Message-ID count once."""
        return addressees((self.root / "var" / "outbox").glob("*.eml"))


def addressees(files: Iterator[Path]) -> Counter[str]:
    """Customers by the number of distinct mails to them, of files that each hold mails one after the other."""
    mails = (mail for file in files for mail in mails_of(file.read_bytes()))
    distinct = {mail["Message-ID"]: mail["To"] for mail in mails}
    return Counter(address.partition("@")[0] for address in distinct.values() if address.startswith("customer-"))


def mails_of(content: bytes) -> list[EmailMessage]:
    """The mails of a file; Django's file backend separates them by a line of dashes."""
    parts = re.split(rb"\n-{79}\n", content)
    return [message_from_bytes(part, policy=policy.default) for part in parts if b"Message-ID" in part]


DOCUMENTED = {
    "uvicorn": r"^uvicorn (config\.asgi:application(?:[^#\n\\]|\\\n)*)",
    "daphne": r"# or: daphne ([^\n]*)$",
}
"""The production line of each web server in the README."""
HERE = {
    "uvicorn": ["--host", "127.0.0.1", "--port", "{port}", "--log-level", "warning"],
    "daphne": ["-b", "127.0.0.1", "-p", "{port}"],
}


def web_command(server: str) -> list[str]:
    """How the README starts this web server in production, as arguments of Python; with ``{port}`` on loopback."""
    found = re.search(DOCUMENTED[server], (ROOT / "README.md").read_text(), re.MULTILINE)
    assert found, f"The README does not say how to start {server}."
    return ["-m", server, *HERE[server], *found[1].replace("\\\n", " ").split()]


WEB = {server: web_command(server) for server in DOCUMENTED}


@dataclass
class Production:
    """Web, worker and relay as processes of their own, on given servers."""

    directory: Path
    server: str
    services: dict[str, str]
    port: int = field(default_factory=free_port)

    @property
    def env(self) -> dict[str, str]:
        return fresh_environment(
            **self.services,
            SECRET_KEY="an end-to-end test's key, of no use elsewhere",
            ALLOWED_HOSTS="127.0.0.1",
            DEFAULT_TENANT="demo",
            ORDERS_DATA_DIR=str(self.directory),
            STATIC_ROOT=str(self.directory / "static"),
            EMAIL_URL="filemail://",
            LOG_LEVEL="WARNING",
            PYTHONPATH=str(ROOT),
            DJANGO_SETTINGS_MODULE="config.settings",
        )

    def manage(self, *arguments: str) -> str:
        """Run a management command; what it printed."""
        command = [sys.executable, str(ROOT / "manage.py"), *arguments]
        return subprocess.run(command, env=self.env, cwd=ROOT, check=True, capture_output=True, text=True).stdout

    def prepare(self) -> Shop:
        """Make the tables, and a token of the demo tenant."""
        self.manage("migrate", "-v0")
        printed = self.manage(
            "tokens", "create", "--tenant", "demo", "--name", "e2e", "--scopes", ",".join(sorted(ALL_SCOPES))
        )
        found = re.search(r"ord_[\w-]{43}", printed)
        assert found, printed
        return Shop(f"http://127.0.0.1:{self.port}", found[0])

    @contextmanager
    def running(self) -> Iterator[Shop]:
        """Everything started; ended by SIGTERM, each with status 0."""
        shop = self.prepare()
        with ExitStack() as stack:
            for process in self.processes():
                process.start()
                stack.callback(assert_ends_well, process)
            process.wait_until_ready(lambda: is_ready(shop.address), timeout_seconds=60)
            yield shop

    def processes(self) -> list[Process]:
        """The worker, the relay, and last the web server."""
        commands = {
            "worker": [
                *("-m", "celery", "-A", "config", "worker", "--concurrency", "2", "--loglevel", "WARNING"),
                *("--hostname", f"of-{self.port}@%h"),
            ],
            "relay": [str(ROOT / "manage.py"), "relay"],
            "web": [part.format(port=self.port) for part in WEB[self.server]],
        }
        env = self.env
        return [
            Process(name, [sys.executable, *command], directory=self.directory, env=env)
            for name, command in commands.items()
        ]

    async def mails(self) -> Counter[str]:
        """As for the embedded default."""
        return addressees((self.directory / "outbox").glob("*.log"))


def assert_ends_well(process: Process) -> None:
    """End a process by SIGTERM; uvicorn, once it has ended all, raises the signal again."""
    status = process.stop(signal.SIGTERM, timeout_seconds=END_SECONDS)
    assert status in {0, -signal.SIGTERM}, f"{process.name} ended with status {status}:\n{process.tail()}"


def environment_of(*services: dict[str, str]) -> dict[str, str]:
    """The environment that names these servers."""
    merged: dict[str, str] = {}
    for service in services:
        merged |= service
    return merged
