"""Real processes for tests: start, stop, kill, freeze and thaw one, and wait for what it does."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import psutil

from tests.servers import process_tree

POLL_SECONDS = 0.02
TAIL_LINES = 30
Answer = TypeVar("Answer")


class TookTooLong(AssertionError):
    """What a test waited for did not happen in time."""


def wait_until(probe: Callable[[], Answer], *, timeout_seconds: float, what: str) -> Answer:
    """Call ``probe`` until its answer is true, and return that; raise TookTooLong naming ``what``."""
    deadline = time.monotonic() + timeout_seconds
    while not (answer := probe()):
        if time.monotonic() > deadline:
            raise TookTooLong(f"waited {timeout_seconds:g} s in vain for: {what}")
        time.sleep(POLL_SECONDS)
    return answer


def free_port() -> int:
    """A loopback TCP port that nothing listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port


def listens(port: int) -> bool:
    """Whether something accepts connections on this loopback port."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


class Process:
    """A child process in a session of its own, so that a Ctrl-C for the tests is not one for it.

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
        self._guard: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        return self.directory / f"{self.name}.log"

    @property
    def pid(self) -> int:
        """The running process's id; raises when it was not started."""
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
        self._guard = subprocess.Popen(
            [sys.executable, process_tree.__file__, str(self.pid), *([str(self.directory)] if self.temporary else [])],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )

    def wait_until_ready(self, probe: Callable[[], object], *, timeout_seconds: float = 30) -> None:
        """Wait for ``probe``; a process that ends meanwhile raises at once, with the end of its log."""

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
        """Its exit status, negative for a signal; None while it runs."""
        return None if self._child is None else self._child.poll()

    def tail(self) -> str:
        """The last lines of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-TAIL_LINES:])

    def stop(self, signum: int = signal.SIGTERM, *, timeout_seconds: float = 15) -> int:
        """Ask it to end and return its status; kill it and raise TookTooLong when it does not."""
        if self.running:
            os.kill(self.pid, signum)
        return self.wait(timeout_seconds=timeout_seconds)

    def wait(self, *, timeout_seconds: float) -> int:
        """Wait until it ends by itself and return its status; kill it and raise TookTooLong when it does not."""
        try:
            return self._started().wait(timeout_seconds)
        except subprocess.TimeoutExpired:
            raise TookTooLong(f"{self.name} did not end within {timeout_seconds:g} s:\n{self.tail()}") from None
        finally:
            self.kill()

    def kill(self) -> None:
        """Kill -9 it and its descendants, and wait until it is gone; nothing happens to one that is."""
        if self._child is None:
            return
        if self.running:
            relatives = process_tree.processes_of(self.pid)
            process_tree.kill_tree(self.pid)
            self._child.wait()
            psutil.wait_procs(relatives, timeout=5)
        if self._guard is not None:
            self._guard.kill()
            self._guard.communicate()
            self._guard = None

    def freeze(self) -> None:
        """SIGSTOP it and its descendants: connections stay open and nothing answers."""
        self._signal_family(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a frozen one go on."""
        self._signal_family(signal.SIGCONT)

    def _signal_family(self, signum: int) -> None:
        for process in process_tree.processes_of(self.pid):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(signum)

    def _started(self) -> subprocess.Popen[bytes]:
        if self._child is None:
            raise RuntimeError(f"{self.name} was not started")
        return self._child
