"""``python -m tests.attack``; see :mod:`tests.attack.command`."""

from tests.attack.command import main
from tests.runner import program

if __name__ == "__main__":
    program.run(main)
