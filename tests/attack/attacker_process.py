"""``python -m tests.attack.attacker_process NAME``: the attacker's process.

It reads a line of JSON, the fields of :class:`~tests.attack.attacker.Attacker`, prints ``ready``, begins at the next
line, and at the end prints the server's answers as JSON.
"""

import asyncio
import json
import resource
import sys

from tests.attack.attacker import Attacker
from tests.attack.catalogue import ATTACKS

OPEN_FILES = 8192


def allow_many_files() -> None:
    """Let this process open as many connections as the attacks need."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))


def main(name: str) -> None:
    """Run one attack."""
    allow_many_files()
    attacker = Attacker(**json.loads(sys.stdin.readline()))
    print("ready", flush=True)
    sys.stdin.readline()
    attacker.begin()
    asyncio.run(ATTACKS[name].play(attacker))
    print(json.dumps({"answer_counts": attacker.answer_counts, "harms": attacker.harms}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
