"""Passes side by side: at once, shown in order, and ended together."""

import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.runner import lanes
from tests.runner.passes import Pass
from tests.servers.processes import wait_until

MEET = """
import pathlib, sys, time
mine, other = map(pathlib.Path, sys.argv[1:3])
mine.touch()
limit = time.monotonic() + 30
while not other.exists() and time.monotonic() < limit:
    time.sleep(0.01)
print(mine.name, "met" if other.exists() else "waited in vain", other.name)
"""


def meeting(title: str, mine: Path, other: Path) -> Pass:
    """A pass that ends once the other one has begun, too."""
    return Pass(title, [sys.executable, "-c", MEET, str(mine), str(other)], env={})


def test_lanes_run_at_once_and_their_output_is_shown_pass_by_pass(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    a, b = tmp_path / "a", tmp_path / "b"
    second = Pass("third", [sys.executable, "-c", "print('c')"], env={})

    results = [*lanes.results([meeting("first", a, b), second], [meeting("second", b, a)])]

    assert [result.title for result in results] == ["first", "second", "third"]
    shown = [line for line in capfdbinary.readouterr().out.decode().splitlines() if line and line != lanes.RULE]
    assert shown == ["first", "a met b", "second", "b met a", "third", "c"]


def test_a_pass_that_has_not_begun_never_does_once_the_run_is_over(tmp_path: Path) -> None:
    a, b = tmp_path / "a", tmp_path / "b"
    never = Pass("never", [sys.executable, "-c", f"open({str(b)!r}, 'w')"], env={})
    long = Pass("long", [sys.executable, "-c", f"open({str(a)!r}, 'w'); import time; time.sleep(60)"], env={})
    quick = Pass("quick", [sys.executable, "-c", ""], env={})

    with closing(lanes.results([quick], [long, never])) as results:
        assert next(results).title == "quick"
        wait_until(a.exists, timeout_seconds=30, what="the long pass to begin")

    assert long.child is not None
    assert long.child.returncode is not None
    assert never.child is None
    assert not b.exists()
