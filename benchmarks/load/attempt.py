"""One run of one contestant: its numbers, or why it gave none; the others go on."""

from collections.abc import Coroutine
from typing import Any

import picows
import uvloop

from benchmarks.load.delivery_check import Faulty
from benchmarks.load.http_load import Refused
from benchmarks.report.results import Results


def attempt(
    run: Coroutine[Any, Any, dict[str, float]], results: Results, case: str, contestant: str
) -> dict[str, float] | None:
    """Do the run and note its numbers; None if it lost an event, was refused, cut off or kept waiting."""
    values = None
    try:
        values = uvloop.run(run)
    except* (Faulty, Refused, ConnectionError, TimeoutError, picows.WSError) as group:
        why = "; ".join(f"{type(error).__name__}: {error}" for error in group.exceptions)
        results.failed.append(f"{contestant}, {case}: {why}")
    if values is not None:
        results.add(case, contestant, values)
    return values


def found(results: Results, case: str, contestant: str, values: dict[str, float] | None) -> str:
    """What a run found, in a line: the first of the results' columns, and the p99 if there is one."""
    if values is None:
        return f"NO NUMBER from {results.failed[-1]}"
    cpu = results.columns[0]
    p99 = f", p99 {values['p99']:.0f} ms" if "p99" in values else ""
    return f"{contestant}, {case}: {values[cpu.name]:.4f} {cpu.unit} {cpu.name}{p99}"
