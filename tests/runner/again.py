"""A few failed tests run again, alone: those that pass then failed because the machine was busy, and are reported."""

from collections.abc import Iterable, Mapping, Sequence

from tests.runner.lanes import heading
from tests.runner.passes import Pass, Result, pytest_pass
from tests.runner.report import PASSED

MOST_TESTS = 5
"""More failures than these are not the machine's: then none runs again."""


def run_again(results: Sequence[Result], passes: Iterable[Pass]) -> None:
    """Run the failed tests of each pass again; one that passes counts as passed and as unsteady.

    Only tests of pytest run again, and only if at most ``MOST_TESTS`` failed in all passes together. A file that could
    not be imported, a pass that broke off and a failure of the front end's tests stand.
    """
    if sum(len(one.failed_tests) for one in results) > MOST_TESTS:
        return
    by_title = {one.title: one for one in passes}
    for result in results:
        tests = [test for test in result.failed_tests if "::" in test]
        if tests and result.title in by_title:
            heading(f"{result.title}: {len(tests)} failed, again and alone")
            settle(result, again(by_title[result.title].env, tests).finish())


def again(env: Mapping[str, str], tests: Sequence[str]) -> Pass:
    """A pass of these tests alone, in the environment of the pass where they failed."""
    return pytest_pass("again", tests, env=env)


def settle(first: Result, second: Result) -> None:
    """Count tests as passed that passed the second time."""
    for test in first.failed_tests:
        if second.report.outcomes.get(test) == PASSED and not second.problems:
            first.report.outcomes[test] = PASSED
            first.unsteady.append(test)
