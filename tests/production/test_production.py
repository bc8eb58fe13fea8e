"""``./dev production`` as a person starts it: an order of one web process is seen by a subscriber of the other."""

import asyncio
import re
import signal
import sys
from pathlib import Path

import pytest

from tests.e2e.shop import Shop, Watch
from tests.environment import ROOT, fresh_environment
from tests.servers.processes import Process, free_port, listens

pytestmark = [pytest.mark.e2e, pytest.mark.long]
START_SECONDS = 240
EVENT_SECONDS = 30
END_SECONDS = 10
REMOVED_SECONDS = 60
"""A busy PostgreSQL takes its time to drop a database."""
NAMES = re.compile(r"^([a-z]+-\d) +ready after ", re.MULTILINE)
ENDED = re.compile(r"ended, status 0, after (\S+) s$", re.MULTILINE)
EVERYTHING = 6
CURSOR = "{ orders(first: 1) { eventCursor } }"
MUTATION = 'mutation { createOrder(input: {total: "10.00"}) { order { number } userErrors { message } } }'


def two_free_ports() -> int:
    """The first of two ports, one after the other, that nothing listens on."""
    return next(port for port in iter(free_port, 0) if not listens(port + 1))


async def test_it_starts_serves_and_ends_in_time(tmp_path: Path) -> None:
    port = two_free_ports()
    env = fresh_environment(PYTHONPATH=str(ROOT), PYTHONUNBUFFERED="1")
    command = [sys.executable, "-m", "tests.production", "--port", str(port)]
    process = Process("production", command, directory=tmp_path, env=env)
    process.start()
    try:
        process.wait_until_ready(lambda: ready(process) == EVERYTHING, timeout_seconds=START_SECONDS)
        token = re.search(r"Bearer (ord_\S+)", process.log.read_text())
        assert token
        here, there = (Shop(f"http://127.0.0.1:{one}", token[1]) for one in (port, port + 1))
        await see_an_order(here, there)
        status = process.stop(signal.SIGTERM, timeout_seconds=REMOVED_SECONDS)
    finally:
        process.kill()

    assert status == 0, process.tail()
    ended = ENDED.findall(process.log.read_text())
    assert len(ended) == EVERYTHING, process.tail()
    assert max(map(float, ended)) < END_SECONDS


def ready(process: Process) -> int:
    """How many of its processes are ready."""
    return len({*NAMES.findall(process.log.read_text())})


async def see_an_order(here: Shop, there: Shop) -> None:
    """Place an order here; a subscriber there gets it."""
    cursor = (await there.ask(CURSOR))["orders"]["eventCursor"]
    created = (await here.ask(MUTATION))["createOrder"]
    watch = Watch()

    async with asyncio.timeout(EVENT_SECONDS):
        await watch.follow(there, after=cursor, count=1)

    assert created["userErrors"] == []
    assert watch.numbers == [created["order"]["number"]]
