"""Several processes as one: each is started again when it ends, and all of them end together."""

import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.servers.processes import Process

LOOK_SECONDS = 0.1
AGAIN_SECONDS = 1.0
"""How long after its end a process is started again, as an orchestrator does."""
END_SECONDS = 9.0
"""How long processes may take to end after SIGTERM; then they are killed."""


def say(name: str, text: str) -> None:
    """Write one line of a process to standard output."""
    sys.stdout.write(f"{name:<13} {text}\n")
    sys.stdout.flush()


class Log:
    """The lines that a process adds to its log file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.read_bytes = 0

    def new_lines(self) -> list[str]:
        """The whole lines since the last call, without empty ones."""
        if not self.path.exists():
            return []
        with self.path.open("rb") as file:
            file.seek(self.read_bytes)
            whole, end, _ = file.read().rpartition(b"\n")
        self.read_bytes += len(whole + end)
        return [line for line in whole.decode(errors="replace").split("\n") if line.strip()]


@dataclass(slots=True)
class Member:
    """A process of the system. ``is_ready`` says whether it does its work."""

    process: Process
    is_ready: Callable[[], bool]
    log: Log = field(init=False)
    started_at: float = 0.0
    ended_at: float = 0.0
    was_ready: bool = False

    def __post_init__(self) -> None:
        self.log = Log(self.process.log)

    @property
    def name(self) -> str:
        """The name of the process."""
        return self.process.name

    def start(self) -> None:
        """Start the process, or start it again; whatever an earlier one has left is killed."""
        self.process.kill()
        self.process.start()
        self.started_at, self.ended_at, self.was_ready = time.monotonic(), 0.0, False


class System:
    """Runs its members until ``stopping`` is set."""

    def __init__(self, members: Sequence[Member], *, say: Callable[[str, str], None] = say) -> None:
        self.members = members
        self.say = say
        self.stopping = threading.Event()

    def run(self) -> None:
        """Start all at once, look after them until ``stopping`` is set, and end them."""
        try:
            for member in self.members:
                member.start()
            while not self.stopping.wait(LOOK_SECONDS):
                for member in self.members:
                    self.look_after(member)
        finally:
            self.end()

    def look_after(self, member: Member) -> None:
        """Say what is new about a member, and start it again if it has ended."""
        self.show_log(member)
        if not member.process.running:
            self.start_again(member)
        elif not member.was_ready and member.is_ready():
            member.was_ready = True
            seconds = time.monotonic() - member.started_at
            self.say(member.name, f"ready after {seconds:.1f} s, process {member.process.pid}")

    def start_again(self, member: Member) -> None:
        """Say that a process has ended; start it again after a moment."""
        if not member.ended_at:
            member.ended_at = time.monotonic()
            self.say(member.name, f"ended with status {member.process.status}; it is started again")
        elif time.monotonic() - member.ended_at >= AGAIN_SECONDS:
            member.start()

    def show_log(self, member: Member) -> None:
        """Say the new lines of a member's log."""
        for line in member.log.new_lines():
            self.say(member.name, line)

    def end(self) -> None:
        """Send SIGTERM to all at once; kill those that have not ended in time."""
        began, left = time.monotonic(), [*self.members]
        for member in left:
            member.process.terminate()
        while left:
            too_late = time.monotonic() - began > END_SECONDS
            for member in [one for one in left if too_late or not one.process.running]:
                left.remove(member)
                self.show_log(member)
                fate = "did not end, killed" if member.process.running else f"ended, status {member.process.status}"
                member.process.kill()
                self.say(member.name, f"{fate}, after {time.monotonic() - began:.1f} s")
            time.sleep(LOOK_SECONDS)
