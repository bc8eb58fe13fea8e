"""``./dev attack``: measures what one caller can do to other callers, as a table."""

import argparse
import asyncio
from collections.abc import Sequence
from pathlib import Path

from benchmarks.report.progress import Progress
from tests.attack.attack import Attack
from tests.attack.attacks import dev_up
from tests.attack.catalogue import ATTACKS
from tests.attack.deployment import Deployment
from tests.attack.measure import AFTER_SECONDS, BEFORE_SECONDS, play
from tests.attack.result import Result, shown, table
from tests.runner.report import FAILED, PASSED, Report

SECONDS, ORDERS = 6.0, 200_000
SET_UP_SECONDS, START_SECONDS = 40.0, 6.0
SERVERS = ("uvicorn", "daphne")


def parser() -> argparse.ArgumentParser:
    """The options."""
    made = argparse.ArgumentParser(
        prog="./dev attack",
        description="Play each attack on availability against a real web process on PostgreSQL and Redis, beside a "
        "client of another tenant, and report what that client noticed.",
    )
    made.add_argument("--only", nargs="+", metavar="NAME", default=[], help="only these attacks; --list names them")
    made.add_argument("--seconds", type=float, default=SECONDS, help=f"how long each attack lasts ({SECONDS:g})")
    made.add_argument("--server", choices=SERVERS, help="only this web server; both if left out")
    made.add_argument("--orders", type=int, default=ORDERS, help=f"orders of the attacked tenant ({ORDERS:,})")
    made.add_argument("--list", action="store_true", help="name the attacks and do nothing")
    made.add_argument("--report", type=Path, help="write each outcome to this file, for ./dev test --all")
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the chosen attacks; return 0 only if all are within their limits."""
    understood = parser()
    given = understood.parse_args(arguments)
    known = ATTACKS
    if given.list:
        for one in known.values():
            print(f"{one.name:<24}{one.what}")
        return 0
    if unknown := set(given.only) - set(known):
        understood.error(f"There is no attack {', '.join(sorted(unknown))}; --list names all.")
    chosen = [known[name] for name in given.only] or list(known.values())
    pairs = [(one, server) for one in chosen for server in servers_of(one, given.server)]
    rows, against = run(pairs, given.seconds, given.orders)
    return conclude(rows, against, given.report)


def servers_of(attack: Attack, wanted: str | None) -> list[str]:
    """The servers on which the attack runs."""
    return [server for server in attack.servers if wanted in (None, server) or server not in SERVERS]


def run(pairs: Sequence[tuple[Attack, str]], seconds: float, orders: int) -> tuple[list[Result], list[str]]:
    """Run all attacks, one after the other; return each result, and the servers."""
    each = START_SECONDS + BEFORE_SECONDS + seconds + AFTER_SECONDS
    progress = Progress(SET_UP_SECONDS + each * len(pairs))
    rows, against = [], []
    on_web = [pair for pair in pairs if pair[0] is not dev_up.ATTACK]
    if on_web:
        with Deployment.prepared(orders, progress.say) as deployment:
            against = deployment.servers
            progress.ran(SET_UP_SECONDS, "ready")
            for attack, server in on_web:
                result = asyncio.run(play(attack, server, deployment, seconds))
                rows.append(result)
                progress.ran(each, line_of(result))
    if len(on_web) < len(pairs):
        rows.append(dev_up.play())
        progress.ran(each, line_of(rows[-1]))
    return rows, against


def line_of(result: Result) -> str:
    """A result in one line."""
    slowest = ", ".join(shown(phase.p95) for phase in (result.before, result.during, result.after))
    return f"{result.attack.name} on {result.server}: p95 {slowest}: {result.verdict}"


def conclude(rows: Sequence[Result], against: list[str], path: Path | None) -> int:
    """Print the table and the last line, and write the report; return the exit status."""
    for line in table(rows):
        print(line)
    report = Report(servers=against, outcomes={result.name: result.outcome for result in rows})
    report.reasons = {result.name: result.excuse for result in rows if result.outcome not in (PASSED, FAILED)}
    if path is not None:
        report.write(path)
    for line in report.lines():
        print(line)
    ends = list(report.outcomes.values())
    print(f"{ends.count(PASSED)} passed, {ends.count(FAILED)} failed")
    return 1 if FAILED in ends else 0
