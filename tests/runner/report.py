"""The outcome of every test of a run, and the servers it ran on: for the last lines, and as a file for the runner."""

import json
import resource
from dataclasses import asdict, dataclass, field
from pathlib import Path

import pytest

PASSED, FAILED, SKIPPED, EXPECTED = "passed", "failed", "skipped", "failed as expected"


@dataclass(eq=False)  # pytest keeps its plugins in sets
class Report:
    """A pytest plugin that collects outcomes; a test that passes and then fails to clean up has failed."""

    servers: list[str] = field(default_factory=list)
    outcomes: dict[str, str] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    processor_seconds: float = 0.0
    """CPU time of the test process and of all processes it started and waited for; 0 if unknown."""

    def used(self, server: str) -> None:
        """Add a server that a fixture started or found."""
        if server not in self.servers:
            self.servers.append(server)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped:
            expected = hasattr(report, "wasxfail")
            self._note(report.nodeid, EXPECTED if expected else SKIPPED, reason(report))
        elif report.failed:
            self._note(report.nodeid, FAILED)
        elif report.when == "call":
            self._note(report.nodeid, PASSED)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self._note(report.nodeid or "collection", FAILED)
        elif report.skipped:
            self._note(report.nodeid, SKIPPED, reason(report))

    def _note(self, nodeid: str, outcome: str, why: str = "") -> None:
        self.outcomes[nodeid] = outcome
        if why:
            self.reasons[nodeid] = why

    def lines(self) -> list[str]:
        """First the servers, then the tests that did not run, by reason."""
        by_reason: dict[str, list[str]] = {}
        for nodeid, why in self.reasons.items():
            by_reason.setdefault(f"{self.outcomes[nodeid]}: {why}", []).append(nodeid)
        notes = [f"{len(nodeids)} {why}" for why, nodeids in sorted(by_reason.items())]
        return [f"against {', '.join(self.servers)}", *notes]

    def write(self, path: Path) -> None:
        used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        self.processor_seconds = sum(one.ru_utime + one.ru_stime for one in used)
        path.write_text(json.dumps(asdict(self)))

    @classmethod
    def read(cls, path: Path) -> "Report":
        return cls(**json.loads(path.read_text()))


def reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    """Why a test was skipped, as its author wrote it."""
    if isinstance(report.longrepr, tuple):
        return str(report.longrepr[2]).removeprefix("Skipped: ")
    return str(getattr(report, "wasxfail", "") or report.longrepr)
