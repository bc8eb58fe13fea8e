"""``./dev faults``: the fault suite in its long form; what follows goes to pytest.

``ORDERS_TEST_SEED`` repeats the random choices of a run whose seed was printed.
"""

import os
import signal
import sys

from tests.runner import lanes
from tests.runner.command import conclude, embedded_environment, end_on_sigterm
from tests.runner.passes import pytest_pass
from tests.runner.summary import Summary


def main(arguments: list[str]) -> int:
    """Run it; 0 only if nothing failed."""
    env = embedded_environment() | {"ORDERS_TEST_FAULTS": "long"}
    [result] = lanes.results([pytest_pass("faults, long form", ["tests/faults", *arguments], env=env)])
    return conclude(Summary([result]), f" (seed {os.environ.get('ORDERS_TEST_SEED', 'as printed above')})")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, end_on_sigterm)
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
