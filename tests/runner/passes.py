"""One pass of the test run: a subprocess, its output, and the outcome of each of its tests."""

import contextlib
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from tests.runner.report import FAILED, PASSED, SKIPPED, Report

ROOT = Path(__file__).resolve().parents[2]
FRONT_END = ROOT / "frontend_demo"
NOTHING_COLLECTED = 5
CLEANUP_SECONDS = 30
PYTEST_OPTIONS = ("-p", "no:cacheprovider", "--continue-on-collection-errors")
VARIABLES = ("DATABASE_URL", "REDIS_URL", "BROKER_URL")


@dataclass
class Result:
    """The outcome of a pass; a problem is a failure that is not a test's."""

    title: str
    report: Report = field(default_factory=Report)
    seconds: float = 0.0
    began: float = 0.0
    """When it began, by the monotonic clock."""
    problems: list[str] = field(default_factory=list)
    left_out: str = ""
    unsteady: dict[str, int] = field(default_factory=dict)
    """Tests that failed so many times, and passed when they ran again alone."""
    failed_again: list[str] = field(default_factory=list)
    """Tests that failed when they ran again alone."""

    def count(self, outcome: str) -> int:
        """How many tests had this outcome."""
        return sum(one == outcome for one in self.report.outcomes.values())

    @property
    def failed_tests(self) -> list[str]:
        """The tests that failed, in alphabetical order."""
        return sorted(test for test, outcome in self.report.outcomes.items() if outcome == FAILED)


def of_ended_children() -> float:
    """The CPU time of all children that have ended, and of theirs."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def judged(title: str, report: Report, status: int, *, seconds: float, program: str = "the runner") -> Result:
    """The result of a program that ended with this exit status."""
    result = Result(title, report, seconds)
    if status and status != NOTHING_COLLECTED and not result.count(FAILED):
        result.problems.append(f"{program} ended with status {status}")
    elif not report.outcomes:
        result.problems.append("no test was found")
    return result


class Pass:
    """A command that runs in the background; ``finish`` waits for it and reads its report.

    ``processors`` is how many it keeps busy: its CPU time divided by its duration on a quiet machine.
    """

    program = "the runner"

    def __init__(
        self, title: str, command: Sequence[str], *, env: Mapping[str, str], cwd: Path = ROOT, processors: float = 1
    ) -> None:
        self.title = title
        self.command = list(command)
        self.env = dict(env)
        self.cwd = cwd
        self.processors = processors
        self.began = time.monotonic()
        self.child: subprocess.Popen[bytes] | None = None
        self.processor_seconds = 0.0

    def start(self, output: IO[bytes] | int | None = None) -> None:
        """Start it; without ``output`` it writes to the terminal."""
        self.began = time.monotonic()
        self.directory = tempfile.TemporaryDirectory(prefix="orders-pass-")
        self.report_path = Path(self.directory.name) / "report.json"
        command = [*self.command, *self.report_options()]
        self.child = subprocess.Popen(command, cwd=self.cwd, env=self.env, stdout=output, stderr=output)

    def finish(self) -> Result:
        """Wait for the end and return the result."""
        if self.child is None:
            self.start()
        assert self.child is not None
        with self.noting_processor_seconds():
            status = self.child.wait()
        with self.directory:
            report = self.read_report() if self.report_path.exists() else Report()
        report.processor_seconds = report.processor_seconds or self.processor_seconds
        seconds = time.monotonic() - self.began
        result = judged(self.title, report, status, seconds=seconds, program=self.program)
        result.began = self.began
        return result

    @property
    def is_over(self) -> bool:
        """Whether it was started and has ended."""
        with self.noting_processor_seconds():
            return self.child is not None and self.child.poll() is not None

    @contextlib.contextmanager
    def noting_processor_seconds(self) -> Iterator[None]:
        """Note the CPU time of the pass if it ends here: a child's counts once the parent has seen its end."""
        before = of_ended_children()
        yield
        self.processor_seconds += of_ended_children() - before

    def interrupt(self) -> None:
        """Interrupt it as Ctrl-C does, so that it cleans up; does nothing if it has ended."""
        if self.child is not None and self.child.poll() is None:
            self.child.send_signal(signal.SIGINT)

    def end(self) -> None:
        """Wait until it has cleaned up, but not for long, and remove its report."""
        if self.child is not None:
            try:
                self.child.wait(CLEANUP_SECONDS)
            except subprocess.TimeoutExpired:
                self.child.kill()
            self.directory.cleanup()

    def report_options(self) -> list[str]:
        return ["--report", str(self.report_path)]

    def read_report(self) -> Report:
        return Report.read(self.report_path)


class FrontEndPass(Pass):
    """Vitest, through ``npm test``."""

    program = "npm test"

    def report_options(self) -> list[str]:
        return ["--", "--reporter=default", "--reporter=json", f"--outputFile.json={self.report_path}"]

    def read_report(self) -> Report:
        node = subprocess.run(["node", "--version"], env=self.env, capture_output=True, text=True, check=True)
        return vitest_report(json.loads(self.report_path.read_text()), servers=[f"Node {node.stdout.strip()}"])


def vitest_report(given_report: dict[str, list[dict[str, object]]], *, servers: list[str]) -> Report:
    """Vitest's JSON report in our form; a file that can't be loaded has failed."""
    report = Report(servers=servers)
    for file in given_report["testResults"]:
        name = os.path.relpath(str(file["name"]), ROOT)
        tests = file["assertionResults"]
        assert isinstance(tests, list)
        for test in tests:
            outcome = {"passed": PASSED, "failed": FAILED}.get(test["status"], SKIPPED)
            report.outcomes[f"{name}::{test['fullName']}"] = outcome
            if outcome == SKIPPED:
                report.reasons[f"{name}::{test['fullName']}"] = f"Vitest says {test['status']}"
        if file["status"] == "failed" and not any(test["status"] == "failed" for test in tests):
            report.outcomes[name] = FAILED
    return report


def pytest_pass(title: str, arguments: Sequence[str], *, env: Mapping[str, str], processors: float = 1) -> Pass:
    """A pass of pytest with these arguments."""
    return Pass(title, [sys.executable, "-m", "pytest", *PYTEST_OPTIONS, *arguments], env=env, processors=processors)


def embedded_environment() -> dict[str, str]:
    """The caller's environment, in which the given servers are hidden from the settings, but not from the tests."""
    kept = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    given = {f"TEST_{name}": os.environ[name] for name in VARIABLES if os.environ.get(name)}
    return {**kept, **given}
