"""Passes side by side: run at the same time, shown in order, and ended together."""

import sys
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.runner import lanes
from tests.runner.lanes import Idle, running
from tests.runner.passes import Pass
from tests.servers.processes import wait_until

MEET = """
import pathlib, sys, time
mine, other = map(pathlib.Path, sys.argv[1:3])
mine.touch()
limit = time.monotonic() + 30
while not other.exists() and time.monotonic() < limit:
    time.sleep(0.01)
print(mine.name, "met" if other.exists() else "waited", other.name)
"""


def meeting(title: str, mine: Path, other: Path) -> Pass:
    """A pass that ends once the other pass has begun."""
    return Pass(title, [sys.executable, "-c", MEET, str(mine), str(other)], env={})


def test_passes_run_at_once_and_their_output_is_shown_pass_by_pass(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    a, b = tmp_path / "a", tmp_path / "b"
    last = Pass("third", [sys.executable, "-c", "print('c')"], env={})

    passes = [meeting("first", a, b), meeting("second", b, a), last]
    results = [*lanes.results(passes, processors=2)]

    assert [result.title for result in results] == ["first", "second", "third"]
    shown = [line for line in capfdbinary.readouterr().out.decode().splitlines() if line and line != lanes.RULE]
    assert shown == ["first", "a met b", "second", "b met a", "third", "c"]


def test_a_pass_that_reports_no_processor_time_gets_its_own() -> None:
    busy = "import time\nwhile time.process_time() < 0.3: pass"
    passes = [Pass(name, [sys.executable, "-c", code], env={}) for name, code in (("busy", busy), ("idle", ""))]

    used = [result.report.processor_seconds for result in lanes.results(passes, processors=2)]

    assert 0.3 <= used[0] < 1.5
    assert used[1] < used[0]


def waiting(title: str, begun: Path) -> Pass:
    """A pass that goes on until it is interrupted."""
    program = "import pathlib, sys, threading; pathlib.Path(sys.argv[1]).touch(); threading.Event().wait(60)"
    return Pass(title, [sys.executable, "-c", program, str(begun)], env={})


def test_a_pass_that_has_not_begun_never_does_once_the_run_is_over(tmp_path: Path) -> None:
    a, b, c = (tmp_path / name for name in "abc")
    quick = Pass("quick", [sys.executable, "-c", ""], env={})
    long, longer, never = waiting("long", a), waiting("longer", b), waiting("never", c)

    with closing(lanes.results([quick, long, longer, never], processors=2)) as results:
        assert next(results).title == "quick"
        wait_until(lambda: a.exists() and b.exists(), timeout_seconds=30, what="the long passes to begin")

    for one in (long, longer):
        assert one.child is not None
        assert one.child.returncode is not None
    assert never.child is None
    assert not c.exists()


def test_a_pass_that_keeps_half_a_processor_busy_begins_beside_one_that_keeps_one_and_a_half(tmp_path: Path) -> None:
    a, b, c = (tmp_path / name for name in "abc")
    large, later, small = waiting("large", a), waiting("later", c), waiting("small", b)
    large.processors, small.processors = 1.5, 0.5
    with running([large, later, small], processors=2) as lanes:
        lanes.look()
        assert lanes.running == [large, small]
        for one, begun, running_then in ((small, b, [large]), (large, a, [later])):
            wait_until(begun.exists, timeout_seconds=30, what="the pass to begin")
            one.interrupt()
            one.end()
            lanes.look()
            assert lanes.running == running_then


@pytest.mark.parametrize(("idle", "most", "begun"), [(0.9, 3, 3), (0.9, 2, 2), (0.1, 3, 2)])
def test_while_processors_are_idle_another_pass_begins_up_to_a_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, idle: float, most: float, begun: int
) -> None:
    monkeypatch.setattr(Idle, "processors", lambda _: idle)
    passes = [waiting(name, tmp_path / name) for name in "abcd"]
    with running(passes, processors=2, most=most) as lanes:
        for _ in range(3):
            lanes.look()
        assert lanes.running == passes[:begun]


def test_idle_processors_are_known_after_some_seconds_from_the_machines_counters(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = iter([0.0, 2.0, 4.0, 8.0, 9.0])
    counters = iter([100.0, 101.0, 106.0, 106.0, 106.0])
    monkeypatch.setattr("psutil.cpu_times", lambda: SimpleNamespace(idle=next(counters)))
    seen = Idle(lambda: next(now))

    assert [seen.processors() for _ in range(4)] == [0, 0, 1.5, 0]
    seen.forget()
    assert seen.processors() == 0
