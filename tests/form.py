"""The two forms of the tests: the short one of ``./dev test``, and the long one of ``./dev test --all``.

``ORDERS_TEST_FORM=long`` chooses the long one. Tests marked ``long`` run in it alone, unless a caller names their path.
"""

import os

LONG = os.environ.get("ORDERS_TEST_FORM") == "long"
SHORTER = 5


def examples(number: int) -> int:
    """How many examples a property test draws: this number in the long form, a fifth in the short one."""
    return number if LONG else max(1, number // SHORTER)
