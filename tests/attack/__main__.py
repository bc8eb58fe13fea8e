"""``python -m tests.attack``; see :mod:`tests.attack.command`."""

import signal
import sys

from tests.attack.command import main
from tests.runner.command import end_on_sigterm

if __name__ == "__main__":
    signal.signal(signal.SIGTERM, end_on_sigterm)
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
