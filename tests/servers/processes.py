"""Real processes for tests: start, stop, kill, freeze and thaw one, and wait for its effects."""

import atexit
import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TypeVar

import psutil

from tests.servers import process_tree

POLL_SECONDS = 0.02
LONGEST_PAUSE_SECONDS = 0.1
TAIL_LINES = 30
LOWEST_PORT = 10_000
OUTGOING_PORTS = Path("/proc/sys/net/ipv4/ip_local_port_range")
Answer = TypeVar("Answer")


class TookTooLong(AssertionError):
    """The condition of a test did not become true in time."""


def wait_until(probe: Callable[[], Answer], *, timeout_seconds: float, what: str) -> Answer:
    """Call ``probe`` until its result is true, and return it; raise TookTooLong with ``what``.

    The pauses between the calls grow, because many a probe asks a server that has enough to do.
    """
    began = time.monotonic()
    while not (answer := probe()):
        waited = time.monotonic() - began
        if waited > timeout_seconds:
            raise TookTooLong(f"waited {timeout_seconds:g} s for: {what}")
        time.sleep(max(POLL_SECONDS, min(waited / 10, LONGEST_PAUSE_SECONDS)))
    return answer


def free_port() -> int:
    """A loopback TCP port that no process listens on, and that the system gives to no outgoing connection.

    A server that is stopped and started again needs the second: meanwhile its port must not become another's.
    """
    while True:
        port = LOWEST_PORT + secrets.randbelow(first_outgoing_port() - LOWEST_PORT)
        with contextlib.suppress(OSError), socket.socket() as listener:
            listener.bind(("127.0.0.1", port))
            return port


@cache
def first_outgoing_port() -> int:
    """The lowest port that the system gives to outgoing connections; Linux names it, others take IANA's."""
    named = OUTGOING_PORTS.read_text().split()[0] if OUTGOING_PORTS.exists() else "49152"
    return max(int(named), 2 * LOWEST_PORT)


@contextlib.contextmanager
def conversation(code: str, *arguments: str, env: Mapping[str, str]) -> Iterator["subprocess.Popen[str]"]:
    """A Python process that runs this code in our folder, to write lines to and read lines from; killed at the end."""
    with subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        cwd=Path(__file__).resolve().parents[2],
        env=env,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def listens(port: int) -> bool:
    """Whether a process accepts connections on this loopback port."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


class Guard:
    """A process that ends all others if this one was killed; started with the first of them."""

    def __init__(self) -> None:
        self._child: subprocess.Popen[str] | None = None

    def watch(self, pid: int, directory: Path | None) -> None:
        """This process has begun; its directory, if any, is temporary."""
        self._write(f"+ {pid} {directory}" if directory else f"+ {pid}")

    def forget(self, pid: int) -> None:
        """This process is gone."""
        self._write(f"- {pid}")

    def _write(self, line: str) -> None:
        if self._child is None:
            command = [sys.executable, process_tree.__file__]
            self._child = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True, text=True
            )
            atexit.register(self._child.communicate)
        assert self._child.stdin is not None
        self._child.stdin.write(f"{line}\n")
        self._child.stdin.flush()


guard = Guard()


class Process:
    """A child process in its own session, so that Ctrl-C for the tests does not reach it.

    It runs in ``directory``, where its output goes to ``<name>.log``. It ends with the test run, even if that is
    killed; then, if ``temporary``, the directory is removed too.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        directory: Path,
        env: Mapping[str, str] | None = None,
        user: int | None = None,
        temporary: bool = False,
    ) -> None:
        self.name = name
        self.command = [str(part) for part in command]
        self.directory = directory
        self.env = env
        self.user = user
        self.temporary = temporary
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        return self.directory / f"{self.name}.log"

    @property
    def pid(self) -> int:
        """The running process's id; raises if it was not started."""
        if self._child is None:
            raise RuntimeError(f"{self.name} was not started")
        return self._child.pid

    @property
    def running(self) -> bool:
        return self._child is not None and self._child.poll() is None

    def start(self) -> None:
        """Start it; its log goes on where an earlier start ended."""
        if self.running:
            raise RuntimeError(f"{self.name} runs already")
        with self.log.open("ab") as log:
            self._child = subprocess.Popen(
                self.command,
                cwd=self.directory,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=self.user,
                group=self.user,
                extra_groups=None if self.user is None else [],
            )
        guard.watch(self.pid, self.directory if self.temporary else None)

    def wait_until_ready(self, probe: Callable[[], object], *, timeout_seconds: float = 30) -> None:
        """Wait for ``probe``; raises immediately if the process ends, with the end of its log."""

        def ready() -> bool:
            if not self.running:
                raise RuntimeError(f"{self.name} ended with status {self.status}:\n{self.tail()}")
            return bool(probe())

        try:
            wait_until(ready, timeout_seconds=timeout_seconds, what=f"{self.name} to be ready")
        except BaseException:
            self.kill()
            raise

    @property
    def status(self) -> int | None:
        """The exit status, negative for a signal; None while the process runs."""
        return None if self._child is None else self._child.poll()

    def tail(self) -> str:
        """The last lines of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-TAIL_LINES:])

    def terminate(self) -> None:
        """Send it SIGTERM, if it runs, and do not wait."""
        if self.running:
            os.kill(self.pid, signal.SIGTERM)

    def stop(self, signum: int = signal.SIGTERM, *, timeout_seconds: float = 15) -> int:
        """Stop it and return its status; kill it and raise TookTooLong if it does not end."""
        if self.running:
            os.kill(self.pid, signum)
        return self.wait(timeout_seconds=timeout_seconds)

    def wait(self, *, timeout_seconds: float) -> int:
        """Wait until it ends by itself and return its status; kill it and raise TookTooLong if it does not."""
        try:
            return self._started().wait(timeout_seconds)
        except subprocess.TimeoutExpired:
            raise TookTooLong(f"{self.name} did not end within {timeout_seconds:g} s:\n{self.tail()}") from None
        finally:
            self.kill()

    def kill(self) -> None:
        """Kill -9 it and its descendants, and wait until it is gone; does nothing if it has ended."""
        if self._child is None:
            return
        if self.running:
            relatives = process_tree.processes_of(self.pid)
            process_tree.kill_tree(self.pid)
            self._child.wait()
            psutil.wait_procs(relatives, timeout=5)
        guard.forget(self.pid)

    def freeze(self) -> None:
        """SIGSTOP it and its descendants: connections stay open and get no answer."""
        self._signal_family(signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT a frozen process."""
        self._signal_family(signal.SIGCONT)

    def _signal_family(self, signum: int) -> None:
        for process in process_tree.processes_of(self.pid):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(signum)

    def _started(self) -> subprocess.Popen[bytes]:
        if self._child is None:
            raise RuntimeError(f"{self.name} was not started")
        return self._child
