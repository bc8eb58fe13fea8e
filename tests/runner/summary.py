"""The last lines of a test run: what ran on which servers, what did not run and why, and the verdict."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.runner.lanes import heading
from tests.runner.passes import Result
from tests.runner.report import FAILED, PASSED, SKIPPED
from tests.runner.skips import LISTED

HEADINGS = ("pass", "passed", "failed", "skipped", "from", "time", "CPU", "against")
MOST_FAILURES = 20


@dataclass
class Summary:
    """All passes together. A test that is skipped in one pass must pass in another, or its reason must be listed."""

    results: Sequence[Result]
    more_listed: frozenset[str] = frozenset()

    def unexpected_skips(self) -> list[str]:
        """Tests that ran in no pass, without a listed reason."""
        passed = {test for result in self.results for test, end in result.report.outcomes.items() if end == PASSED}
        skipped = {
            test: result.report.reasons.get(test, "no reason given")
            for result in self.results
            for test, end in result.report.outcomes.items()
            if end == SKIPPED and test not in passed
        }
        allowed = LISTED | self.more_listed
        return [f"{test}: {why}" for test, why in sorted(skipped.items()) if why not in allowed]

    def problems(self) -> list[str]:
        """Failures that are not tests."""
        return [f"{result.title}: {problem}" for result in self.results for problem in result.problems]

    @property
    def passed(self) -> int:
        return sum(result.count(PASSED) for result in self.results)

    @property
    def failed(self) -> int:
        failures = sum(result.count(FAILED) for result in self.results)
        return failures + len(self.problems()) + len(self.unexpected_skips())

    def lines(self) -> Iterator[str]:
        """The table, the notes, and alone on the last line ``N passed, N failed``."""
        first = min((result.began for result in self.results if result.began), default=0.0)
        rows = [HEADINGS, *(row(result, first) for result in self.results)]
        widths = [max(len(line[column]) for line in rows) for column in range(len(HEADINGS))]
        for title, *numbers, against in rows:
            cells = [number.rjust(width) for number, width in zip(numbers, widths[1:], strict=False)]
            yield "  ".join([title.ljust(widths[0]), *cells, against]).rstrip()
        yield ""
        yield from self.notes()
        yield f"{self.passed} passed, {self.failed} failed"

    def notes(self) -> Iterator[str]:
        for result in self.results:
            yield from unrun(result)
        yield from (f"FAILED {problem}" for problem in self.problems())
        yield from (f"FAILED skipped in every pass: {skip}" for skip in self.unexpected_skips())
        for result in self.results:
            yield from (
                f"UNSTEADY {result.title}: {test} failed {times(failures)}, and passed when run alone"
                for test, failures in result.unsteady.items()
            )
            yield from failures(result)


def unrun(result: Result) -> Iterator[str]:
    """The tests of a pass that did not run, or failed as expected, by reason."""
    reasons = Counter((result.report.outcomes[test], why) for test, why in result.report.reasons.items())
    yield from (f"{result.title}: {number} {end}: {why}" for (end, why), number in sorted(reasons.items()))
    if result.left_out:
        yield f"{result.title}: left out: {result.left_out}"


def failures(result: Result) -> Iterator[str]:
    """The tests of a pass that failed; of many, the first."""
    failed = result.failed_tests
    yield from (f"FAILED {result.title}: {test}" for test in failed[:MOST_FAILURES])
    if len(failed) > MOST_FAILURES:
        yield f"FAILED {result.title}: and {len(failed) - MOST_FAILURES} more; their names are above"


def times(number: int) -> str:
    """``1`` is once."""
    return "once" if number == 1 else f"{number} times"


def row(result: Result, first: float) -> tuple[str, ...]:
    """A pass's line of the table: it began so many seconds after the first pass, and took so many."""
    counts = (str(result.count(end)) for end in (PASSED, FAILED, SKIPPED))
    against = "left out" if result.left_out else ", ".join(result.report.servers)
    processor = f"{result.report.processor_seconds:.0f} s"
    began = f"{max(result.began - first, 0):.0f} s"
    return (result.title, *counts, began, f"{result.seconds:.0f} s", processor, against)


def conclude(summary: Summary, note: str) -> int:
    """Print the last lines; return the exit status."""
    heading(f"What ran against what{note}")
    for line in summary.lines():
        print(line)
    return 1 if summary.failed else 0
