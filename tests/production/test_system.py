"""Several processes as one, with small programs in the place of ours."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.production import system
from tests.production.system import Member, System
from tests.servers.processes import Process, wait_until

UNTIL_TERM = (
    "import signal, sys; print('works', flush=True); signal.sigwait([signal.SIGTERM]); print('ends', flush=True)"
)
BLOCKED = f"import signal; signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM]); {UNTIL_TERM}"
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('works', flush=True); time.sleep(60)"
SECONDS = 20


def member(name: str, program: str, directory: Path) -> Member:
    """A member that runs this Python program, and is ready once it says that it works."""
    process = Process(name, [sys.executable, "-c", program], directory=directory)
    return Member(process, lambda: "works" in process.log.read_text())


@contextmanager
def running(*members: Member) -> Iterator[list[str]]:
    """The lines that are said while the members run; in the end they have ended."""
    said: list[str] = []
    whole = System(members, say=lambda name, text: said.append(f"{name}: {text}"))
    thread = threading.Thread(target=whole.run)
    thread.start()
    try:
        yield said
    finally:
        whole.stopping.set()
        thread.join(SECONDS)
        assert not thread.is_alive()
        assert [one.name for one in members if one.process.running] == []


def is_said(said: list[str], start: str, times: int = 1) -> None:
    """Wait until so many lines begin like this."""
    wait_until(
        lambda: sum(line.startswith(start) for line in said) == times,
        timeout_seconds=SECONDS,
        what=f"{start} in {said}",
    )


def test_each_is_ready_by_name_and_ends_well(tmp_path: Path) -> None:
    with running(member("web-1", BLOCKED, tmp_path), member("web-2", BLOCKED, tmp_path)) as said:
        for name in ("web-1", "web-2"):
            is_said(said, f"{name}: ready after ")

    for name in ("web-1", "web-2"):
        lines = [line.partition(": ")[2] for line in said if line.startswith(name)]
        assert [line.partition(", after")[0] for line in lines if not line.startswith("ready")] == [
            *("works", "ends", "ended, status 0")
        ]


def test_process_that_ends_is_started_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system, "AGAIN_SECONDS", 0.0)
    one = member("worker-1", BLOCKED, tmp_path)

    with running(one) as said:
        is_said(said, "worker-1: ready after ")
        one.process.kill()
        is_said(said, "worker-1: ended with status -9; it is started again")
        is_said(said, "worker-1: ready after ", times=2)


def test_process_that_does_not_end_is_killed_in_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system, "END_SECONDS", 0.3)

    with running(member("deaf", DEAF, tmp_path), member("web-1", BLOCKED, tmp_path)) as said:
        is_said(said, "deaf: ready after ")
        is_said(said, "web-1: ready after ")
        began = time.monotonic()

    assert time.monotonic() - began < 8  # without the limit above it would take 9
    assert {"deaf: did not end, killed", "web-1: ended, status 0"} <= {line.partition(", after")[0] for line in said}
