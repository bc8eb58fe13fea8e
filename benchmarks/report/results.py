"""The results of a benchmark: each run's numbers, their medians and ranges, and the ratio to a baseline."""

import json
import math
import os
import platform
import statistics
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
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

    @property
    def more_is_better(self) -> bool:
        return self.unit.startswith("1/")


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
        for run in self.runs.get((case, contestant), ()):
            run.update(values)

    def values(self, case: str, contestant: str, column: Column) -> list[float]:
        """What the runs measured."""
        values = [run.get(column.name, math.nan) for run in self.runs.get((case, contestant), ())]
        return [value for value in values if not math.isnan(value)]

    def median(self, case: str, contestant: str, column: Column) -> float:
        """The middle one of the runs' values; nan if nothing was measured."""
        values = self.values(case, contestant, column)
        return statistics.median(values) if values else math.nan

    def ratio(self, case: str, contestant: str, column: Column) -> float:
        """How many times the baseline's; nan where there is nothing to compare."""
        baseline = self.median(case, self.baseline, column)
        return self.median(case, contestant, column) / baseline if baseline else math.nan

    def markdown(self) -> str:
        """Tables for the documentation, one for each case."""
        return "\n".join(line for case in dict.fromkeys(case for case, _ in self.runs) for line in self.table(case))

    def table(self, case: str) -> Iterator[str]:
        """The lines of one case's table; columns that nothing was measured of are left out."""
        contestants = [one for of, one in self.runs if of == case]
        columns = [one for one in self.columns if any(self.values(case, contestant, one) for contestant in contestants)]
        compared = len(contestants) > 1 and self.baseline in contestants
        yield f"\n**{case}**\n"
        titles = ["", *(column.title for column in columns), *([f"beside {self.baseline}"] if compared else [])]
        yield "| " + " | ".join(titles) + " |"
        yield "|---|" + "---:|" * (len(titles) - 1)
        for contestant in contestants:
            cells = [contestant, *(self.cell(case, contestant, column) for column in columns)]
            if compared:
                cells.append(beside(self.ratio(case, contestant, columns[0])))
            yield "| " + " | ".join(cells) + " |"

    def cell(self, case: str, contestant: str, column: Column) -> str:
        """A median, and behind it the least and the greatest of the runs' values."""
        values = self.values(case, contestant, column)
        if not values:
            return "–"
        least, greatest = digits(min(values)), digits(max(values))
        middle = digits(statistics.median(values))
        return middle if least == greatest else f"{middle} ({least}–{greatest})"

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

    def keep(self, folder: Path = OUTPUT) -> None:
        """Take what was last written of the cases and contestants that were not measured now."""
        path = folder / f"{self.name}.json"
        if path.exists():
            self.runs = defaultdict(list, {**self.read(path).runs, **self.runs})

    def write(self, folder: Path = OUTPUT) -> Path:
        """Write everything to ``<name>.json`` in this folder and return where that is."""
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
            "machine": {"load_after": os.getloadavg()[0], **self.machine},
            "rows": without_nan(rows),
        }
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{self.name}.json"
        path.write_text(json.dumps(content, indent=2, allow_nan=False) + "\n")
        return path


def beside(ratio: float) -> str:
    """A ratio to the baseline in words: ``4.0× less``."""
    if not ratio > 0 or ratio == 1:
        return "–"
    return f"{digits(ratio, 2)}× more" if ratio >= 1 else f"{digits(1 / ratio, 2)}× less"


def digits(value: float, significant: int = 3) -> str:
    """The number with these significant digits, as people write it."""
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    places = max(0, significant - 1 - math.floor(math.log10(abs(value))))
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
        "date": datetime.now(UTC).date().isoformat(),
        "cores": os.cpu_count(),
        "processor": processor(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "packages": {name: version(name) for name in PACKAGES},
    }


def processor() -> str:
    """The name of the processor as Linux knows it; otherwise the kind."""
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.machine()
