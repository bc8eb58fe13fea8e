"""The results of a benchmark: each run's numbers, their medians, and the ratio to a baseline."""

import json
import math
import os
import platform
import statistics
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, Self

OUTPUT = Path(__file__).resolve().parents[2] / "test-output" / "benchmarks"
PACKAGES = ("Django", "strawberry-graphql", "strawberry-graphql-django", "channels", "uvicorn", "daphne", "psycopg")


@dataclass(frozen=True, slots=True)
class Column:
    """One of the numbers that a benchmark measures."""

    name: str
    unit: str

    @property
    def title(self) -> str:
        return f"{self.name}, {self.unit}" if self.unit else self.name


@dataclass(slots=True)
class Results:
    """The numbers of one benchmark: by case and contestant, one value of each column a run.

    ``baseline`` is the contestant that the others are compared with, within each case.
    """

    name: str
    question: str
    columns: tuple[Column, ...]
    baseline: str
    runs: dict[tuple[str, str], list[dict[str, float]]] = field(default_factory=lambda: defaultdict(list))
    failed: list[str] = field(default_factory=list)
    """Runs that gave no number, and why."""
    machine: dict[str, Any] = field(default_factory=lambda: {**machine(), "load_before": os.getloadavg()[0]})

    def add(self, case: str, contestant: str, values: dict[str, float]) -> None:
        """Note one run."""
        self.runs[case, contestant].append(values)

    def note(self, case: str, contestant: str, values: dict[str, float]) -> None:
        """Add what is the same in every run of these."""
        for run in self.runs[case, contestant]:
            run.update(values)

    def median(self, case: str, contestant: str, column: Column) -> float:
        """The middle one of the runs' values; nan if nothing was measured."""
        values = [run.get(column.name, math.nan) for run in self.runs.get((case, contestant), ())]
        measured = [value for value in values if not math.isnan(value)]
        return statistics.median(measured) if measured else math.nan

    def ratio(self, case: str, contestant: str, column: Column) -> float:
        """How many times the baseline's; nan where there is nothing to compare."""
        baseline = self.median(case, self.baseline, column)
        return self.median(case, contestant, column) / baseline if baseline else math.nan

    def markdown(self) -> str:
        """Tables for the documentation, one for each case."""
        return "\n".join(line for case in dict.fromkeys(case for case, _ in self.runs) for line in self.table(case))

    def table(self, case: str) -> Iterator[str]:
        """The lines of one case's table."""
        yield f"\n**{case}**\n"
        yield "| " + " | ".join(["", *(column.title for column in self.columns)]) + " |"
        yield "|---|" + "---:|" * len(self.columns)
        for contestant in [one for of, one in self.runs if of == case]:
            yield "| " + " | ".join([contestant, *(self.cell(case, contestant, one) for one in self.columns)]) + " |"

    def cell(self, case: str, contestant: str, column: Column) -> str:
        """A median, and behind it what that is beside the baseline's."""
        value, ratio = self.median(case, contestant, column), self.ratio(case, contestant, column)
        if math.isnan(value):
            return "–"
        return digits(value) if contestant == self.baseline or not ratio > 0 else f"{digits(value)} ({beside(ratio)})"

    @classmethod
    def read(cls, path: Path) -> Self:
        """What was written there."""
        content = json.loads(path.read_text())
        columns = tuple(Column(name, unit) for name, unit in content["units"].items())
        results = cls(content["name"], content["question"], columns, content["baseline"])
        results.failed, results.machine = content["failed"], content["machine"]
        for row in content["rows"]:
            for run in row["runs"]:
                results.add(row["case"], row["contestant"], {name: one for name, one in run.items() if one is not None})
        return results

    def keep(self) -> None:
        """Take what was last written of the cases and contestants that were not measured now."""
        if self.path.exists():
            self.runs = defaultdict(list, {**self.read(self.path).runs, **self.runs})

    @property
    def path(self) -> Path:
        """Where it is written."""
        return OUTPUT / f"{self.name}.json"

    def write(self) -> Path:
        """Write everything to ``test-output/benchmarks/<name>.json`` and return where that is."""
        rows = [
            {
                "case": case,
                "contestant": contestant,
                "runs": runs,
                "median": {one.name: self.median(case, contestant, one) for one in self.columns},
                "times_the_baseline": {one.name: self.ratio(case, contestant, one) for one in self.columns},
            }
            for (case, contestant), runs in self.runs.items()
        ]
        content = {
            "name": self.name,
            "question": self.question,
            "units": {column.name: column.unit for column in self.columns},
            "baseline": self.baseline,
            "failed": self.failed,
            "machine": {**self.machine, "load_after": os.getloadavg()[0]},
            "rows": without_nan(rows),
        }
        OUTPUT.mkdir(parents=True, exist_ok=True)
        self.path.write_text(json.dumps(content, indent=2, allow_nan=False) + "\n")
        return self.path


def beside(ratio: float) -> str:
    """A ratio to the baseline in words: ``4.00× less``."""
    return f"{digits(ratio)}× more" if ratio >= 1 else f"{digits(1 / ratio)}× less"


def digits(value: float) -> str:
    """The number with three significant digits, as people write it."""
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    places = max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{value:,.{places}f}"


def without_nan(value: Any) -> Any:
    """The same with null for what JSON has no number for."""
    if isinstance(value, dict):
        return {key: without_nan(one) for key, one in value.items()}
    if isinstance(value, list):
        return [without_nan(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def machine() -> dict[str, Any]:
    """What it ran on."""
    return {
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "packages": {name: version(name) for name in PACKAGES},
    }
