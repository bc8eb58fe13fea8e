"""The effect of one attack on one server, whether it is within the limits, and the table of all results."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tests.attack.attack import Attack
from tests.attack.measured_client import Phase
from tests.runner.report import EXPECTED, FAILED, PASSED

MOST_SECONDS, MOST_TIMES = 0.5, 10.0
MOST_MIB = 20.0
HEADINGS = (
    *("attack", "server", "p50, p95 before", "during", "after", "failed", "missed", "late"),
    *("MiB before", "most", "after", "answers to the attacker", "reach"),
)


@dataclass
class Memory:
    """MiB that the web process held."""

    before: float = 0.0
    most: float = 0.0
    after: float = 0.0


@dataclass
class Result:
    """One attack on one server. ``errors`` are other failures: a process ended, an attacker failed."""

    attack: Attack
    server: str
    before: Phase = field(default_factory=Phase)
    during: Phase = field(default_factory=Phase)
    after: Phase = field(default_factory=Phase)
    missed: int = 0
    late: int = 0
    memory: Memory = field(default_factory=Memory)
    answer_counts: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        return f"tests/attack/{self.attack.name}[{self.server}]"

    @property
    def outcome(self) -> str:
        """The outcome in the words of the test report."""
        if not self.problems:
            return PASSED
        return EXPECTED if self.server in self.attack.excused or self.is_the_allocators else FAILED

    @property
    def excuse(self) -> str:
        """Why an effect beyond the limits is known."""
        return self.attack.excused.get(self.server, "CPython's allocator holds on to memory that nothing is in")

    @property
    def grown_mib(self) -> float:
        """The MiB that the process holds in addition to those before the attack."""
        return self.memory.after - self.memory.before

    @property
    def is_the_allocators(self) -> bool:
        """Whether only memory is beyond the limits, and the allocator is known to hold it."""
        known = self.grown_mib <= MOST_MIB + self.attack.allocator_mib
        return known and self.problems == [*self._growth()]

    @property
    def problems(self) -> list[str]:
        """The effects beyond the limits; empty if there are none."""
        return [*self.errors, *self._slowness(), *self._losses(), *self._growth(), *self._silence()]

    def _slowness(self) -> Iterator[str]:
        most = max(MOST_SECONDS, MOST_TIMES * self.before.p95)
        for name, phase in (("during", self.during), ("after", self.after)):
            if phase.p95 > most:
                yield f"p95 {name} {shown(phase.p95)}, at most {shown(most)}"

    def _losses(self) -> Iterator[str]:
        failures = Counter(self.during.failures + self.after.failures)
        for failure, times in failures.most_common(2):
            yield f"{times}× {failure}"
        if self.missed:
            yield f"{self.missed} live events missed"

    def _growth(self) -> Iterator[str]:
        if self.grown_mib > MOST_MIB:
            yield f"{self.grown_mib:.0f} MiB kept, at most {MOST_MIB:.0f}"

    def _silence(self) -> Iterator[str]:
        if self.attack.needs_reason and not self.attack.reasons & set(self.answer_counts):
            yield f"the attacker got no reason ({' or '.join(sorted(self.attack.reasons))})"

    @property
    def verdict(self) -> str:
        """Whether the server withstands the attack, and the effects beyond the limits."""
        word = {PASSED: "holds", EXPECTED: "known"}.get(self.outcome, "FAILED")
        return f"{word}: {'; '.join(self.problems)}" if self.problems else word

    def cells(self) -> tuple[str, ...]:
        """The row of this result in the table."""
        answer_counts = ", ".join(f"{what} {times}×" for what, times in self.answer_counts.most_common(4))
        phases = [f"{shown(one.p50)} {shown(one.p95)}" for one in (self.before, self.during, self.after)]
        failed = str(len(self.during.failures) + len(self.after.failures))
        memory = [f"{size:.0f}" for size in (self.memory.before, self.memory.most, self.memory.after)]
        return (
            *(self.attack.name, self.server, *phases, failed, str(self.missed), str(self.late)),
            *(*memory, answer_counts or "nothing", self.verdict),
        )


def shown(seconds: float) -> str:
    """Seconds in readable form; a dash for None."""
    if math.isnan(seconds):
        return "–"
    return f"{seconds:.1f} s" if seconds >= 1 else f"{1000 * seconds:.0f} ms"


def table(rows: Sequence[Result]) -> Iterator[str]:
    """The lines of the table."""
    lines = [HEADINGS, *(result.cells() for result in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS) - 1)]
    for *cells, verdict in lines:
        padded = [cell.ljust(width) for cell, width in zip(cells, widths, strict=True)]
        yield "  ".join([*padded, verdict]).rstrip()
