"""``python -m learn``: see :mod:`learn.command`."""

import sys

from learn.command import main

sys.exit(main(sys.argv[1:]))
