"""A real server for tests: the given one, else one found on the standard local port, else our own.

Given means ``DATABASE_URL``, ``REDIS_URL`` and ``BROKER_URL``. On a server that others use too, the tests have their
own database, key space and queues, which are removed afterwards. Our own server (``own=True``, or none found) comes
from a package of the development group, runs on a free port in a temporary directory, and can be stopped, killed,
frozen and started again.
"""

import os
import secrets
import shutil
import signal
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self
from urllib.parse import urlsplit

from tests.servers.processes import Process, free_port


class NoServer(Exception):
    """No server was given or found, and our own can't be started here."""


class Server(ABC):
    """One server, as a context manager: inside it answers, and ``url`` is ours alone."""

    product: ClassVar[str]
    variable: ClassVar[str]
    scheme: ClassVar[str]
    failures: ClassVar[tuple[type[Exception], ...]]
    package: ClassVar[str] = ""

    def __init__(self, *, own: bool = False) -> None:
        self.own = own
        self.name = f"test_orders_{secrets.token_hex(4)}"
        self.url = ""
        self.version = ""
        self.origin = ""
        self.address = ""
        self._process: Process | None = None

    def __enter__(self) -> Self:
        try:
            self._reach()
            self._claim()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if self.shared:
                self.release()
        finally:
            self._end()

    def describe(self) -> str:
        """Product, version and origin, for the last lines of a test run."""
        return f"{self.product} {self.version} ({self.origin})"

    @property
    def shared(self) -> bool:
        """Whether others may use it too, so that it must be left unchanged."""
        return self._process is None

    @property
    def environment(self) -> dict[str, str]:
        """The settings for it."""
        return {self.variable: self.url}

    def start(self) -> None:
        """Start our own again after ``stop`` or ``kill``: same port, same data."""
        self.process.start()
        self.process.wait_until_ready(lambda: self.answers(self.address))

    def stop(self) -> None:
        """Stop our own in good order."""
        self.process.stop(signal.SIGINT)

    def kill(self) -> None:
        """Kill -9 our own."""
        self.process.kill()

    def freeze(self) -> None:
        """SIGSTOP our own: it accepts connections and never answers."""
        self.process.freeze()

    def thaw(self) -> None:
        """Continue our own after ``freeze``."""
        self.process.thaw()

    @property
    def process(self) -> Process:
        """The process of our own; raises for a server that others may use."""
        if self._process is None:
            raise NoServer(f"{self.describe()} is not ours to stop: ask for one with own=True")
        return self._process

    @classmethod
    def given(cls) -> str:
        """The address in the environment; ``TEST_…`` is for the tests and not for the settings."""
        address = os.environ.get(f"TEST_{cls.variable}") or os.environ.get(cls.variable, "")
        return address if address.startswith(cls.scheme) else ""

    @classmethod
    def given_origin(cls) -> str:
        """The origin of the given server; ``tests.runner.command`` knows more than that it was given."""
        return os.environ.get(f"TEST_{cls.variable}_ORIGIN", f"given by {cls.variable}")

    @classmethod
    def describe_given(cls) -> str:
        """Product, version and origin of the given server, or that it does not answer."""
        version = cls.read_version(cls.given()) if cls.answers(cls.given()) else "without an answer"
        return f"{cls.product} {version} ({cls.given_origin()})"

    def _reach(self) -> None:
        if not self.own and (address := self.given()):
            self.origin, self.address = self.given_origin(), address
        elif not self.own and (address := self.find()):
            self.origin, self.address = f"found at {urlsplit(address).hostname}:{urlsplit(address).port}", address
        else:
            self._start_own()

    def _claim(self) -> None:
        """Take a part of the server for ourselves; if it has none left, a server of our own."""
        try:
            self.url = self.claim(self.address)
        except NoServer:
            if not self.shared or not self.package:
                raise
            self._start_own()
            self.url = self.claim(self.address)
        self.version = self.read_version(self.address)

    def _start_own(self) -> None:
        directory = Path(tempfile.mkdtemp(prefix="orders-tests-"))
        try:
            self._process, self.address = self.prepare(directory, free_port())
        except BaseException:
            shutil.rmtree(directory, ignore_errors=True)
            raise
        self.origin = f"own, from {self.package}"
        self.start()

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            shutil.rmtree(self._process.directory, ignore_errors=True)

    @classmethod
    def answers(cls, address: str) -> bool:
        """Whether a client gets an answer at this address."""
        try:
            return bool(cls.read_version(address))
        except cls.failures:
            return False

    @classmethod
    @abstractmethod
    def read_version(cls, address: str) -> str:
        """Connect, and ask the server for its version."""

    @abstractmethod
    def find(self) -> str:
        """The address of a server on the standard local port that accepts us, or nothing."""

    @abstractmethod
    def claim(self, address: str) -> str:
        """Take a part of this server for ourselves and return its URL."""

    @abstractmethod
    def release(self) -> None:
        """Remove that part again."""

    def prepare(self, directory: Path, port: int) -> tuple[Process, str]:
        """Our own server, ready to be started, and its address."""
        raise NoServer(f"No {self.product} was given ({self.variable}) or found, and we have none of our own.")


def shown_to_tests(servers: Sequence[Server]) -> dict[str, str]:
    """By this, tests find the same servers; the settings don't see it."""
    addresses = {f"TEST_{server.variable}": server.address for server in servers}
    return addresses | {f"TEST_{server.variable}_ORIGIN": server.origin for server in servers}
