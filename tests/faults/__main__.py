"""``./dev faults``: the fault suite in its long form; further arguments go to pytest.

``ORDERS_TEST_SEED`` repeats the random choices of a run whose seed was printed.
"""

import os

from tests.runner import lanes, program
from tests.runner.passes import embedded_environment, pytest_pass
from tests.runner.summary import Summary, conclude


def main(arguments: list[str]) -> int:
    """Run it; return 0 only if no test failed."""
    env = embedded_environment() | {"ORDERS_TEST_FORM": "long"}
    [result] = lanes.results([pytest_pass("faults, long form", ["tests/faults", *arguments], env=env)])
    return conclude(Summary([result]), f" (seed {os.environ.get('ORDERS_TEST_SEED', 'as printed above')})")


if __name__ == "__main__":
    program.run(main)
