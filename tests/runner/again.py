"""Failed tests run again, alone: those that pass then failed because the machine was busy, and are reported."""

from collections.abc import Iterable, Sequence

from tests.runner.lanes import heading
from tests.runner.passes import FrontEndPass, Pass, Result, pytest_pass
from tests.runner.report import FAILED, PASSED

MOST_TESTS = 40
"""More failures than these, in all passes together, are not the machine's: then none runs again."""
MOST_DEFECTS = 3
"""Of one pass, tests run again until so many have failed again: the others stand as failed, too."""
TRIES = 2


def run_again(results: Sequence[Result], passes: Iterable[Pass]) -> None:
    """Run the failed tests of each pass again, at most twice; one that passes counts as passed and as unsteady.

    A file that could not be imported and a pass that broke off stand. The front end's tests run again all together.
    """
    if sum(len(one.failed_tests) for one in results) > MOST_TESTS:
        return
    by_title = {one.title: one for one in passes}
    for result in results:
        for attempt in range(1, TRIES + 1):
            tests = [test for test in result.failed_tests if "::" in test]
            if not tests or result.title not in by_title or len(result.failed_again) >= MOST_DEFECTS:
                break
            heading(f"{result.title}: {len(tests)} failed, again and alone")
            settle(result, again(by_title[result.title], tests).finish(), failures=attempt)


def again(first: Pass, tests: Sequence[str]) -> Pass:
    """A pass of these tests alone, in the environment of the pass where they failed."""
    if isinstance(first, FrontEndPass):
        return FrontEndPass(first.title, first.command, env=first.env, cwd=first.cwd)
    failures = 2 * MOST_DEFECTS  # A test may fail, and then fail to clean up.
    return pytest_pass("again", [*tests, f"--maxfail={failures}"], env=first.env)


def settle(first: Result, second: Result, *, failures: int) -> None:
    """Count tests as passed that passed now, after so many failures."""
    outcomes = {} if second.problems else second.report.outcomes
    for test in first.failed_tests:
        if outcomes.get(test) == PASSED:
            first.report.outcomes[test] = PASSED
            first.unsteady[test] = failures
    first.failed_again = [test for test in first.failed_tests if outcomes.get(test) == FAILED]
