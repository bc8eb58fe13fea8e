"""``./dev test PATH …``: pytest with these arguments, on the embedded defaults.

Tests marked ``long`` run, too. This module imports little, so that the first test begins soon.
"""

from collections.abc import Sequence

from tests.runner import lanes, program
from tests.runner.passes import embedded_environment, pytest_pass
from tests.runner.summary import Summary, conclude

HERE_ONLY = frozenset({"needs PostgreSQL (DATABASE_URL)", "needs Redis (REDIS_URL)"})


def main(arguments: Sequence[str]) -> int:
    """Run the chosen tests; 0 only if none failed and none was skipped unseen."""
    [result] = lanes.results([pytest_pass("chosen tests", arguments, env=embedded_environment())])
    return conclude(Summary([result], more_listed=HERE_ONLY), "")


if __name__ == "__main__":
    program.run(main)
