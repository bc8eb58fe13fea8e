"""One run of one contestant: its numbers, or why it gave none; the other runs continue."""

from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import orjson
import uvloop

from benchmarks.peers.tree import Tree
from benchmarks.report.results import Results

Run = Coroutine[Any, Any, dict[str, float]]


def attempt(
    run: Run, results: Results, case: str, contestant: str, loop: Callable[[Run], dict[str, float]] = uvloop.run
) -> dict[str, float] | None:
    """Do the run and record its numbers; None if it failed, such as by a lost event, a refusal or the server's end."""
    values = None
    with noting_failure(results, f"{contestant}, {case}"):
        values = loop(run)
    if values is not None:
        results.add(case, contestant, values)
    return values


@contextmanager
def noting_failure(results: Results, what: str) -> Iterator[None]:
    """Do a part of a benchmark; if it fails, note why in the results, and continue after it."""
    try:
        yield
    except Exception as error:
        results.failed.append(f"{what}: {'; '.join(reasons(error))}")


def reasons(error: BaseException) -> Iterator[str]:
    """What went wrong, in a sentence for each error of a group."""
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            yield from reasons(one)
    else:
        yield f"{type(error).__name__}: {error}"


def found(results: Results, case: str, contestant: str, values: dict[str, float] | None) -> str:
    """The result of a run, in a line: the first of the results' columns, and the p99 if there is one."""
    if values is None:
        return f"NO NUMBER from {results.failed[-1]}"
    cpu = results.columns[0]
    p99 = f", p99 {values['p99']:.0f} ms" if "p99" in values else ""
    return f"{contestant}, {case}: {values[cpu.name]:.4f} {cpu.unit} {cpu.name}{p99}"


async def printed(tree: Tree, program: str, *arguments: str, environment: Mapping[str, str]) -> dict[str, float]:
    """The numbers that a program of this copy of the code prints.

    Raises:
        RuntimeError: it failed.
    """
    values: dict[str, float] = orjson.loads(tree.run(program, *arguments, environment=environment))
    return values
