"""``./dev up`` is stopped while much work is left: not an attack by a caller, but the same measurement."""

import asyncio
import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from benchmarks.load.http_load import load, request_of
from benchmarks.peers.operations import OURS
from tests.attack.attack import Attack
from tests.attack.result import Result
from tests.e2e.stack import Embedded
from tests.environment import ROOT
from tests.servers.processes import TookTooLong

BATCHES, BATCH = 40, 100
MOST_SECONDS = 10.0
PATIENCE_SECONDS = 60.0


async def nothing(_: object) -> None:
    """No attacker's process runs."""


ATTACK = Attack(
    "dev-up-sigterm",
    f"SIGTERM for ./dev up right after {BATCHES * BATCH:,} orders were placed",
    nothing,
    needs_reason=False,
    servers=("dev up",),
)


def play() -> Result:
    """Place orders, stop it, and check that it ends in time and leaves no process."""
    result = Result(ATTACK, "dev up")
    with TemporaryDirectory(prefix="orders-attack-") as name:
        data = {"ORDERS_DATA_DIR": name, "LOG_LEVEL": "WARNING"}
        embedded = Embedded(ROOT, env=data, logs=Path(name))
        embedded.start()
        try:
            requests = [
                request_of("/graphql/", {}, OURS.create_orders, OURS.batch(range(first, first + BATCH)))
                for first in range(0, BATCHES * BATCH, BATCH)
            ]
            asyncio.run(load([embedded.port], requests, connections=4))
            end(embedded, result)
        finally:
            embedded.process.kill()
    return result


def end(embedded: Embedded, result: Result) -> None:
    """Send SIGTERM; return how long the end takes, and what is left."""
    began = time.monotonic()
    tree = [psutil.Process(embedded.process.pid), *psutil.Process(embedded.process.pid).children(recursive=True)]
    try:
        status = embedded.process.stop(timeout_seconds=PATIENCE_SECONDS)
    except TookTooLong:
        result.errors.append(f"it did not end within {PATIENCE_SECONDS:g} s")
        return
    seconds = time.monotonic() - began
    result.answer_counts = Counter({f"ended after {seconds:.1f} s": 1})
    if seconds > MOST_SECONDS:
        result.errors.append(f"it took {seconds:.1f} s to end, at most {MOST_SECONDS:g} s")
    if status:
        result.errors.append(f"it ended with status {status}")
    if left := [one for one in tree if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]:
        result.errors.append(f"it left {left}")
