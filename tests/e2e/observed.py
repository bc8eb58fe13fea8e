"""Separate processes that expose metrics, trace and log as in production."""

import json
import urllib.request
from dataclasses import dataclass, field

from tests.deploy.monitoring import SCRAPERS, families, wanted
from tests.e2e.stack import Production
from tests.servers.processes import Process, free_port, wait_until

GAUGES_SECONDS = 60
"""Dispatchers read their gauges every five and fifteen seconds."""
SAID = {"The dispatcher runs.", "The dispatcher has stopped.", "", "worker: Warm shutdown (MainProcess)"}
"""Lines of commands for a person, Celery's too, which are no log."""


@dataclass
class Observed(Production):
    """Production whose processes have a METRICS_PORT each, and log as in production."""

    ports: dict[str, int] = field(default_factory=dict)
    endpoint: str = ""
    """Of the collector to which they send traces."""

    @property
    def env(self) -> dict[str, str]:
        traces = {"TRACING": "1", "OTEL_EXPORTER_OTLP_ENDPOINT": self.endpoint} if self.endpoint else {}
        return {**super().env, "LOG_LEVEL": "INFO", "LOG_FORMAT": "json", **traces}

    def processes(self) -> list[Process]:
        """The same, each with its port; the worker merges the metrics of its children."""
        found = super().processes()
        for process in found:
            self.ports[process.name] = free_port()
            process.env = {**self.env, "METRICS_PORT": str(self.ports[process.name])}
            if process.name == "worker":
                (self.directory / "metrics").mkdir()
                process.env["PROMETHEUS_MULTIPROC_DIR"] = str(self.directory / "metrics")
        return found

    def scrape(self, name: str) -> dict[str, frozenset[str]]:
        """The metrics of a process, with their labels."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.ports[name]}/metrics", timeout=10) as answer:
            return families(answer.read().decode())

    def scraped(self) -> dict[str, frozenset[str]]:
        """The metrics of all three processes together."""
        merged: dict[str, frozenset[str]] = {}
        for name in self.ports:
            for family, labels in self.scrape(name).items():
                merged[family] = merged.get(family, frozenset()) | labels
        return merged

    def assert_all_is_exposed(self) -> None:
        """After orders, the running processes expose each metric that a panel or a rule reads, with its labels."""
        wait_until(lambda: self.scraped().get("events_queue_messages"), timeout_seconds=GAUGES_SECONDS, what="gauges")
        exposed = self.scraped()
        assert [f"{place}: {used.name}" for used, place in wanted().items() if used.family not in exposed] == []
        assert [
            f"{place}: {used.name} {sorted(used.labels)}"
            for used, place in wanted().items()
            if exposed[used.family] and not used.labels - SCRAPERS <= exposed[used.family]
        ] == []
        assert [name for name in self.ports if "process_resident_memory_bytes" not in self.scrape(name)] == []

    def assert_logs_name_no_person(self) -> None:
        """Each line of their logs is an event in JSON, without a customer's name or address."""
        for name in self.ports:
            text = (self.directory / f"{name}.log").read_text()
            assert "@example.com" not in text
            assert "Lovelace" not in text
            assert "customer-" not in text
            lines = [line for line in text.splitlines() if line not in SAID]
            assert [line for line in lines if not json.loads(line)["event"]] == []
