"""The two ways to run the system, as real processes."""

import json
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import psutil

from tests.e2e.shop import Shop
from tests.environment import ROOT, fresh_environment
from tests.servers.processes import Process, free_port

FIRST_START_SECONDS = 300
END_SECONDS = 15


def is_ready(address: str) -> bool:
    """Whether the web server reports that it is ready."""
    try:
        with urllib.request.urlopen(f"{address}/readyz", timeout=2) as answer:
            return bool(answer.status == 200)
    except urllib.error.HTTPError as refusal:
        refusal.close()  # It holds the connection.
        return False
    except OSError:
        return False


def clone(directory: Path) -> Path:
    """A clean clone of the commit, as a new user has it."""
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
        command: list[str | Path] = [self.root / "dev", "up", "--quiet", "--port", str(self.port)]
        env = fresh_environment(**self.env)
        self.process = Process("dev-up", command, directory=self.logs or self.root, env=env)

    @property
    def shop(self) -> Shop:
        return Shop(f"http://127.0.0.1:{self.port}")

    def start(self) -> float:
        """Start it and wait until it is ready; return how many seconds that took."""
        begun = time.monotonic()
        self.process.start()
        self.process.wait_until_ready(lambda: is_ready(self.shop.address), timeout_seconds=FIRST_START_SECONDS)
        return time.monotonic() - begun

    def stop(self, signum: int = signal.SIGTERM) -> int:
        """Stop it; return its exit status. Raises if a process of its tree is left."""
        tree = [psutil.Process(self.process.pid), *psutil.Process(self.process.pid).children(recursive=True)]
        status = self.process.stop(signum, timeout_seconds=END_SECONDS)
        left = [one for one in tree if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]
        assert left == [], f"still running: {left}"
        return status

    async def mails(self) -> Counter[str]:
        """How many mails each customer of this run got, by the name before the @, without repeats of a Message-ID."""
        return addressees((self.root / "var" / "outbox").glob("*.eml"))


def addressees(files: Iterator[Path], prefix: str = "customer-") -> Counter[str]:
    """Customers of this prefix by the number of distinct mails to them, from files with several mails each."""
    mails = (mail for file in files for mail in mails_of(file.read_bytes()))
    distinct = {mail["Message-ID"]: mail["To"] for mail in mails}
    return Counter(address.partition("@")[0] for address in distinct.values() if address.startswith(prefix))


def mails_of(content: bytes) -> list[EmailMessage]:
    """The mails of a file; Django's file backend separates them by a line of dashes."""
    parts = re.split(rb"\n-{79}\n", content)
    return [message_from_bytes(part, policy=policy.default) for part in parts if b"Message-ID" in part]


DOCUMENTED = {
    "uvicorn": r"^python (manage\.py serve [^\n]*)$",
    "daphne": r"^# or: python (manage\.py serve --server daphne [^\n]*)$",
}
"""The production line of each web server in the README."""
HERE = ["--host", "127.0.0.1", "--port", "{port}"]


def web_command(server: str) -> list[str]:
    """The README's command for this web server in production, as arguments of Python; with ``{port}`` on loopback."""
    found = re.search(DOCUMENTED[server], (ROOT / "README.md").read_text(), re.MULTILINE)
    assert found, f"The README does not say how to start {server}."
    program, *options = found[1].split()
    return [str(ROOT / program), *options, *HERE]


WEB = {server: web_command(server) for server in DOCUMENTED}
PRODUCTION = {
    "SECRET_KEY": "an end-to-end test's key, of no use elsewhere",
    "ALLOWED_HOSTS": "127.0.0.1",
    "DEFAULT_TENANT": "demo",
    "EMAIL_URL": "filemail://",
    "PYTHONPATH": str(ROOT),
    "DJANGO_SETTINGS_MODULE": "config.settings",
}
"""The settings of production's processes, whatever their servers and folders."""


@dataclass
class Production:
    """Web, worker and dispatcher as separate processes, on given servers."""

    directory: Path
    server: str
    services: dict[str, str]
    port: int = field(default_factory=free_port)

    @property
    def env(self) -> dict[str, str]:
        return fresh_environment(
            **self.services,
            **PRODUCTION,
            ORDERS_DATA_DIR=str(self.directory),
            STATIC_ROOT=str(self.directory / "static"),
            LOG_LEVEL="WARNING",
        )

    def run(self, *command: str) -> str:
        """Run this Python with these arguments; return its output."""
        whole = [sys.executable, *command]
        return subprocess.run(whole, env=self.env, cwd=ROOT, check=True, capture_output=True, text=True).stdout

    def manage(self, *arguments: str) -> str:
        """Run a management command; return its output."""
        return self.run(str(ROOT / "manage.py"), *arguments)

    def prepare(self, also: str = "") -> Shop:
        """Make the tables, and a token of the demo tenant, and then run this code, all in one process."""
        tokens = json.loads(self.run("-c", f"from tests.servers import prepare; prepare.main(['demo']); {also}"))
        return Shop(f"http://127.0.0.1:{self.port}", tokens["demo all"])

    @contextmanager
    def running(self) -> Iterator[Shop]:
        """All processes; at the end SIGTERM stops each of them with status 0."""
        shop = self.prepare()
        with ExitStack() as stack:
            for process in self.processes():
                process.start()
                stack.callback(assert_ends_well, process)
            process.wait_until_ready(lambda: is_ready(shop.address), timeout_seconds=60)
            yield shop

    def processes(self) -> list[Process]:
        """The worker, the dispatcher, and last the web server."""
        commands = {
            "worker": [
                *("-m", "celery", "-A", "config", "--quiet", "worker", "--concurrency", "2", "--loglevel", "WARNING"),
                *("--hostname", f"of-{self.port}@%h"),
            ],
            "dispatcher": [str(ROOT / "manage.py"), "dispatcher"],
            "web": [part.format(port=self.port) for part in WEB[self.server]],
        }
        env = self.env
        return [
            Process(name, [sys.executable, *command], directory=self.directory, env=env)
            for name, command in commands.items()
        ]

    async def mails(self) -> Counter[str]:
        """The same as for the embedded default."""
        return addressees((self.directory / "outbox").glob("*.log"))


def assert_ends_well(process: Process) -> None:
    """Stop a process by SIGTERM; its status is 0."""
    status = process.stop(signal.SIGTERM, timeout_seconds=END_SECONDS)
    assert status == 0, f"{process.name} ended with status {status}:\n{process.tail()}"


def environment_of(*services: dict[str, str]) -> dict[str, str]:
    """The environment that names these servers."""
    merged: dict[str, str] = {}
    for service in services:
        merged |= service
    return merged
