"""``./dev attack``: what one caller can do to the others, measured, as a table."""

import argparse
import asyncio
from collections.abc import Sequence
from pathlib import Path

from benchmarks.progress import Progress
from tests.attack import ending
from tests.attack.attack import Attack
from tests.attack.catalogue import ATTACKS
from tests.attack.ground import Ground
from tests.attack.play import AFTER_SECONDS, BEFORE_SECONDS, play
from tests.attack.row import Row, shown, table
from tests.report import FAILED, PASSED, Report

SECONDS, ORDERS = 6.0, 200_000
SET_UP_SECONDS, START_SECONDS = 40.0, 6.0
SERVERS = ("uvicorn", "daphne")


def parser() -> argparse.ArgumentParser:
    """The options."""
    made = argparse.ArgumentParser(
        prog="./dev attack",
        description="Play each attack on availability against a real web process on PostgreSQL and Redis, beside a "
        "client of another tenant, and tell what that client noticed.",
    )
    made.add_argument("--only", nargs="+", metavar="NAME", default=[], help="these attacks alone; --list names them")
    made.add_argument("--seconds", type=float, default=SECONDS, help=f"how long each goes on ({SECONDS:g})")
    made.add_argument("--server", choices=SERVERS, help="this web server alone; both if left out")
    made.add_argument("--orders", type=int, default=ORDERS, help=f"orders of the attacked tenant ({ORDERS:,})")
    made.add_argument("--list", action="store_true", help="name the attacks and do nothing")
    made.add_argument("--report", type=Path, help="write how each ended to this file, for ./dev test --all")
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Play what was asked for; 0 only if all is within reach."""
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
    """The servers on which it is played."""
    return [server for server in attack.servers if wanted in (None, server) or server not in SERVERS]


def run(pairs: Sequence[tuple[Attack, str]], seconds: float, orders: int) -> tuple[list[Row], list[str]]:
    """Play all, one after the other; what each did, and on which servers."""
    each = START_SECONDS + BEFORE_SECONDS + seconds + AFTER_SECONDS
    progress = Progress(SET_UP_SECONDS + each * len(pairs))
    rows, against = [], []
    on_web = [pair for pair in pairs if pair[0] is not ending.ATTACK]
    if on_web:
        with Ground.prepared(orders, progress.say) as ground:
            against = ground.servers
            progress.ran(SET_UP_SECONDS, "ready")
            for attack, server in on_web:
                row = asyncio.run(play(attack, server, ground, seconds))
                rows.append(row)
                progress.ran(each, told(row))
    if len(on_web) < len(pairs):
        rows.append(ending.play())
        progress.ran(each, told(rows[-1]))
    return rows, against


def told(row: Row) -> str:
    """A row in one line."""
    slowest = ", ".join(shown(phase.p95) for phase in (row.before, row.during, row.after))
    return f"{row.attack.name} on {row.server}: p95 {slowest}: {row.verdict}"


def conclude(rows: Sequence[Row], against: list[str], path: Path | None) -> int:
    """Print the table and the last line, and write the report; the exit status."""
    for line in table(rows):
        print(line)
    report = Report(servers=against, outcomes={row.name: row.outcome for row in rows})
    report.reasons = {row.name: row.excuse for row in rows if row.outcome not in (PASSED, FAILED)}
    if path is not None:
        report.write(path)
    for line in report.lines():
        print(line)
    ends = list(report.outcomes.values())
    print(f"{ends.count(PASSED)} passed, {ends.count(FAILED)} failed")
    return 1 if FAILED in ends else 0
