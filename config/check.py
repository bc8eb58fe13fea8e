"""``./dev check``: the checks that a reviewer need not do. Two steps at a time; failures are shown at the end."""

import difflib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
SDL = ROOT / "graphql_api" / "schema.graphql"
ARCHITECTURE = "tests/architecture"


@dataclass(frozen=True)
class Outcome:
    """The result of a step; ``said`` is for the person who has to fix it."""

    ok: bool
    said: str


@dataclass(frozen=True)
class Report:
    """An outcome with its step's name and time."""

    name: str
    outcome: Outcome
    seconds: float


class Workplace:
    """The project's folder, with an empty data folder and without the person's own settings."""

    def __init__(self, data_dir: str) -> None:
        own = ("DATABASE_URL", "REDIS_URL", "BROKER_URL", "DJANGO_SETTINGS_MODULE")
        kept = {name: value for name, value in os.environ.items() if name not in own}
        self.environment = {**kept, "ORDERS_DATA_DIR": data_dir, "NO_COLOR": "1"}

    def run(self, *command: str, cwd: Path = ROOT) -> Outcome:
        """Run a command and keep its output."""
        done = subprocess.run(  # noqa: S603  # the commands are below
            command,
            cwd=cwd,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        return Outcome(done.returncode == 0, f"{done.stdout}{done.stderr}".strip())

    def tool(self, name: str, *arguments: str) -> Outcome:
        """Run a tool of the environment."""
        return self.run(str(BIN / name), *arguments)

    def python(self, *arguments: str) -> Outcome:
        """Run this Python."""
        return self.run(sys.executable, *arguments)

    def schemas(self) -> Outcome:
        """The committed schemas are the code's, and no event has changed in a way that breaks its consumers."""
        outcomes = [self.graphql_schema(), self.python("manage.py", "event_contracts", "--check")]
        return Outcome(all(one.ok for one in outcomes), "\n".join(one.said for one in outcomes if not one.ok))

    def graphql_schema(self) -> Outcome:
        """The committed GraphQL schema equals the code's, and keeps what the last release promised to clients."""
        if not SDL.is_file():
            return Outcome(False, f"{SDL.relative_to(ROOT)} is missing; ./dev schema writes it.")
        exported = Path(self.environment["ORDERS_DATA_DIR"]) / SDL.name
        outcome = self.python("manage.py", "export_schema", "graphql_api.schema:schema", "--path", str(exported))
        outcome = compare(SDL.read_text(), exported.read_text() + "\n") if outcome.ok else outcome
        return self.python("manage.py", "documents", "check") if outcome.ok else outcome

    def front_end_types(self) -> Outcome:
        """The front end's types hold."""
        return self.run("npm", "run", "--silent", "typecheck", cwd=ROOT / "frontend_demo")

    def steps(self) -> dict[str, Callable[[], Outcome]]:
        """Every step by name, the long ones first."""
        return {
            "mypy": lambda: self.tool("mypy", "."),
            "front end types": self.front_end_types,
            "architecture": lambda: self.python("-m", "pytest", "-q", "-p", "no:cacheprovider", ARCHITECTURE),
            "schemas": self.schemas,
            "migrations": lambda: self.python("manage.py", "makemigrations", "--check", "--dry-run"),
            "layers": lambda: self.tool("lint-imports", "--no-logo"),
            "ruff format": lambda: self.tool("ruff", "format", "--check", "."),
            "ruff check": lambda: self.tool("ruff", "check", "."),
        }


def compare(committed: str, exported: str) -> Outcome:
    """Equal, or how they differ and how to fix it."""
    if committed.strip() == exported.strip():
        return Outcome(True, "")
    lines = difflib.unified_diff(committed.splitlines(), exported.splitlines(), "committed", "exported", lineterm="")
    return Outcome(False, "\n".join([*lines, "", "The code's schema has changed; ./dev schema writes it again."]))


def timed(name: str, step: Callable[[], Outcome]) -> Report:
    """Run one step."""
    began = time.monotonic()
    try:
        outcome = step()
    except OSError as error:
        outcome = Outcome(False, f"could not run: {error}")
    return Report(name, outcome, time.monotonic() - began)


def show(report: Report) -> None:
    """A line about a step that has ended."""
    mark = "ok" if report.outcome.ok else "FAILED"
    print(f"  {report.name:<16} {mark:<7} {report.seconds:5.1f} s", flush=True)  # noqa: T201  # it is for people


def run(steps: dict[str, Callable[[], Outcome]]) -> list[Report]:
    """Run the steps, as many at a time as there are cores, and show each as it ends."""
    with ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        reports = []
        for done in as_completed([pool.submit(timed, name, step) for name, step in steps.items()]):
            show(done.result())
            reports.append(done.result())
    return reports


def main() -> int:
    """Run the steps that were named, or all; 0 when all is well."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as data_dir:
        steps = Workplace(data_dir).steps()
        named = sys.argv[1:] or list(steps)
        if not set(named) <= set(steps):
            print(f"No such check: {', '.join(set(named) - set(steps))}. There are: {', '.join(steps)}.")  # noqa: T201
            return 2
        reports = run({name: steps[name] for name in named})
    failed = [report for report in reports if not report.outcome.ok]
    for report in failed:
        print(f"\n--- {report.name} ---\n{report.outcome.said}")  # noqa: T201
    print(f"\n{len(reports) - len(failed)} of {len(reports)} checks hold, {time.monotonic() - began:.1f} s")  # noqa: T201
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
