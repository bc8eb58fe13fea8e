"""``python -m tests.attack.attacker NAME``: the attacker's process.

It reads a line of JSON, the fields of :class:`~tests.attack.foe.Foe`, says ``ready``, begins at the next line, and
prints what it was told, as JSON, when it has ended.
"""

import asyncio
import json
import resource
import sys

from tests.attack.catalogue import ATTACKS
from tests.attack.foe import Foe

OPEN_FILES = 8192


def allow_many_files() -> None:
    """Let this process have as many connections as the attacks need."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))


def main(name: str) -> None:
    """Play one attack."""
    allow_many_files()
    foe = Foe(**json.loads(sys.stdin.readline()))
    print("ready", flush=True)
    sys.stdin.readline()
    foe.begin()
    asyncio.run(ATTACKS[name].play(foe))
    print(json.dumps({"told": foe.told, "harms": foe.harms}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
