"""``./dev production``."""

import sys

from tests.production.command import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
