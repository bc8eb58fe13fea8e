"""Shows what the runs of a chapter found, as tables and timelines."""

from collections.abc import Iterable, Sequence
from types import ModuleType

from learn.harness import Outcome

ALWAYS = ("refused", "lost")
"""Columns that are shown even if all their numbers are zero."""
NAMES = {"seconds": "slowest answer", "unpaid": "shipped unpaid", "wrong": "wrong orders"}


def tables(scenario: ModuleType, outcomes: Sequence[Outcome]) -> str:
    """One table for each fault, under its sentence."""
    parts = []
    for fault in scenario.FAULTS:
        rows = [outcome for outcome in outcomes if outcome.fault == fault.name]
        if rows:
            parts.append(f"{fault.name}: {fault.says}\n{table(rows)}")
    return "\n\n".join(parts)


def table(rows: Sequence[Outcome]) -> str:
    """The designs and their numbers; a column without a number is left out."""
    names = [name for name in rows[0].numbers if name in ALWAYS or any(row.numbers[name] for row in rows)]
    head = ["", *(NAMES.get(name, name) for name in names)]
    body = [[row.design, *(shown(name, row.numbers[name]) for name in names)] for row in rows]
    return aligned([head, *body])


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Rows of cells in columns: the first to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  "
        + "  ".join(
            cell.rjust(width) if place else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def shown(name: str, number: float) -> str:
    """A number as a person reads it."""
    return f"{number:.1f} s" if name == "seconds" else str(round(number))


def timelines(outcomes: Iterable[Outcome]) -> str:
    """What happened in each run, step by step."""
    return "\n\n".join(
        f"{outcome.fault}, {outcome.design}:\n" + "\n".join(f"  {step}" for step in folded(outcome.timeline))
        for outcome in outcomes
    )


def folded(steps: Sequence[str]) -> list[str]:
    """The steps without the restart that ends each run, if nothing follows."""
    kept = list(steps)
    while kept and kept[-1].startswith("---"):
        kept.pop()
    return kept


def compared(scenario: ModuleType, outcomes: Sequence[Outcome]) -> str:
    """The table of chapter 13 in Markdown: a row for each design, a column for each fault and each cost."""
    found = {(outcome.design, outcome.fault): outcome.numbers for outcome in outcomes}
    faults = [fault.name for fault in scenario.SIX]
    costs = ("answer", "answer, slow mail", "statements before the answer", "statements in all", "lines")
    lines = [f"| design | {' | '.join([*faults, *costs])} |", "|---" * (1 + len(faults) + len(costs)) + "|"]
    for design in scenario.DESIGNS:
        calm, slow = found[design, "calm"], found[design, "slow mail"]
        cells = [
            *(in_words(found[design, fault]) for fault in faults),
            f"{calm['milliseconds']:.1f} ms",
            f"{slow['milliseconds']:.0f} ms",
            f"{calm['in requests']:.0f}",
            f"{calm['statements']:.0f}",
            str(scenario.lines_of_code(design)),
        ]
        lines.append(f"| `{design}` | {' | '.join(cells)} |")
    return "\n".join(lines)


def in_words(numbers: dict[str, float]) -> str:
    """The effects that are lost, doubled or false, and the requests that were refused; "ok" if there are none."""
    parts = [f"{name} {round(numbers[name])}" for name in ("refused", "lost", "doubled", "false") if numbers[name]]
    return ", ".join(parts) or "ok"
