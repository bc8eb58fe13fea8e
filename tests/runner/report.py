"""How every test of a run ended, and against which servers: for the last lines, and as a file for the runner."""

import json
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

    def used(self, server: str) -> None:
        """Note a server that a fixture started or found."""
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
        """Servers first, then what did not run and why, by reason."""
        by_reason: dict[str, list[str]] = {}
        for nodeid, why in self.reasons.items():
            by_reason.setdefault(f"{self.outcomes[nodeid]}: {why}", []).append(nodeid)
        notes = [f"{len(nodeids)} {why}" for why, nodeids in sorted(by_reason.items())]
        return [f"against {', '.join(self.servers)}", *notes]

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self)))

    @classmethod
    def read(cls, path: Path) -> "Report":
        return cls(**json.loads(path.read_text()))


def reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    """Why a test was skipped, as its author put it."""
    if isinstance(report.longrepr, tuple):
        return str(report.longrepr[2]).removeprefix("Skipped: ")
    return str(getattr(report, "wasxfail", "") or report.longrepr)
