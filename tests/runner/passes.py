"""One pass of the test run: a subprocess, its output, and how each of its tests ended."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from tests.runner.report import FAILED, PASSED, SKIPPED, Report

ROOT = Path(__file__).resolve().parents[2]
FRONT_END = ROOT / "frontend_demo"
NOTHING_COLLECTED = 5
CLEANUP_SECONDS = 30
VARIABLES = ("DATABASE_URL", "REDIS_URL", "BROKER_URL")


@dataclass
class Result:
    """How a pass ended; a problem is a failure that no test tells of."""

    title: str
    report: Report = field(default_factory=Report)
    seconds: float = 0.0
    problems: list[str] = field(default_factory=list)
    left_out: str = ""

    def count(self, outcome: str) -> int:
        """How many tests ended so."""
        return sum(one == outcome for one in self.report.outcomes.values())


class Pass:
    """A command that runs in the background; ``finish`` waits for it and reads its report."""

    def __init__(self, title: str, command: Sequence[str], *, env: Mapping[str, str], cwd: Path = ROOT) -> None:
        self.title = title
        self.command = list(command)
        self.env = dict(env)
        self.cwd = cwd
        self.began = time.monotonic()
        self.child: subprocess.Popen[bytes] | None = None

    def start(self, output: IO[bytes] | int | None = None) -> None:
        """Start it; without ``output`` it speaks to the terminal."""
        self.began = time.monotonic()
        self.directory = tempfile.TemporaryDirectory(prefix="orders-pass-")
        self.report_path = Path(self.directory.name) / "report.json"
        command = [*self.command, *self.report_options()]
        self.child = subprocess.Popen(command, cwd=self.cwd, env=self.env, stdout=output, stderr=output)

    def finish(self) -> Result:
        """Wait for the end and tell how it ended."""
        if self.child is None:
            self.start()
        assert self.child is not None
        try:
            status = self.child.wait()
        finally:
            self.end()
        with self.directory:
            result = Result(self.title, seconds=time.monotonic() - self.began)
            if self.report_path.exists():
                result.report = self.read_report()
            if status and not result.count(FAILED):
                result.problems.append(self.explain(status))
            elif not result.report.outcomes:
                result.problems.append("no test was found")
            return result

    def end(self) -> None:
        """Interrupt it as Ctrl-C does, so that it cleans up; nothing happens when it is over."""
        if self.child is not None and self.child.poll() is None:
            if not isinstance(sys.exc_info()[1], KeyboardInterrupt):  # A Ctrl-C has reached it already.
                self.child.send_signal(signal.SIGINT)
            try:
                self.child.wait(CLEANUP_SECONDS)
            except subprocess.TimeoutExpired:
                self.child.kill()

    def report_options(self) -> list[str]:
        return ["--report", str(self.report_path)]

    def read_report(self) -> Report:
        return Report.read(self.report_path)

    def explain(self, status: int) -> str:
        """Why it failed although no test did."""
        return "no test was found" if status == NOTHING_COLLECTED else f"the runner ended with status {status}"


class FrontEndPass(Pass):
    """Vitest, through ``npm test``."""

    def report_options(self) -> list[str]:
        return ["--", "--reporter=default", "--reporter=json", f"--outputFile.json={self.report_path}"]

    def read_report(self) -> Report:
        node = subprocess.run(["node", "--version"], env=self.env, capture_output=True, text=True, check=True)
        return vitest_report(json.loads(self.report_path.read_text()), servers=[f"Node {node.stdout.strip()}"])

    def explain(self, status: int) -> str:
        return f"npm test ended with status {status}"


def vitest_report(told: dict[str, list[dict[str, object]]], *, servers: list[str]) -> Report:
    """Vitest's JSON report in our form; a file that can't be loaded has failed."""
    report = Report(servers=servers)
    for file in told["testResults"]:
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


def pytest_pass(title: str, arguments: Sequence[str], *, env: Mapping[str, str]) -> Pass:
    """A pass of pytest with these arguments."""
    return Pass(
        title,
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--continue-on-collection-errors", *arguments],
        env=env,
    )


def embedded_environment() -> dict[str, str]:
    """The caller's environment with the given servers out of the settings' sight, but in the tests'."""
    kept = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    given = {f"TEST_{name}": os.environ[name] for name in VARIABLES if os.environ.get(name)}
    return {**kept, **given}
