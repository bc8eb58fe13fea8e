"""Play one attack against one server, beside a client of somebody else."""

import asyncio
import json
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from benchmarks.measuring import resident_kib
from tests.attack.attack import CROWDED, VICTIM, Attack
from tests.attack.ground import Ground, Web
from tests.attack.row import Memory, Row
from tests.attack.victim import LATE_SECONDS, Victim

BEFORE_SECONDS, AFTER_SECONDS = 3.0, 10.0
ATTACKER_SECONDS = 90.0
"""Longer than any attack goes on beyond its time."""
SAMPLE_SECONDS = 0.25
KIB_OF_MIB = 1024


async def play(attack: Attack, server: str, ground: Ground, seconds: float) -> Row:
    """Start a web process, time its answers before, during and after the attack, and weigh it."""
    row = Row(attack, server)
    with ground.web(server, attack.stage) as web:
        token = ground.tokens[f"{VICTIM} all"]
        async with attacker_of(attack, ground, web, seconds) as attacker, Victim.at_work(web.port, token) as victim:
            await observe(row, web, victim, attacker)
        if not web.process.running:
            row.errors.append(f"the web process ended with status {web.process.status}")
    return row


async def observe(row: Row, web: Web, victim: Victim, attacker: Process) -> None:
    """The three phases."""
    began = time.perf_counter()
    row.before = await victim.during(asyncio.sleep(BEFORE_SECONDS))
    row.memory = Memory(before=memory_of(web))
    weighing = asyncio.create_task(weigh(row.memory, web))
    row.during = await victim.during(attacked(row, attacker))
    row.after = await victim.during(asyncio.sleep(AFTER_SECONDS))
    weighing.cancel()
    row.memory.after = memory_of(web)
    row.missed, row.late = victim.missed_and_late(began, time.perf_counter() - LATE_SECONDS)


async def attacked(row: Row, attacker: Process) -> None:
    """Let the attacker begin, and wait until it has ended."""
    if attacker.stdin is None or attacker.stdout is None or attacker.stderr is None:
        raise RuntimeError("the attacker has no pipes")
    attacker.stdin.write(b"\n")
    try:
        async with asyncio.timeout(ATTACKER_SECONDS):
            told, said = await asyncio.gather(attacker.stdout.read(), attacker.stderr.read())
    except TimeoutError:
        row.errors.append(f"the attacker did not end within {ATTACKER_SECONDS:.0f} s")
        return
    if not told:
        row.errors.append(f"the attacker failed: {said.decode(errors='replace').strip().splitlines()[-1:]}")
        return
    heard = json.loads(told)
    row.told = Counter(heard["told"])
    row.errors += heard["harms"]


async def weigh(memory: Memory, web: Web) -> None:
    """Note the most that the process holds, until cancelled."""
    while True:
        memory.most = max(memory.most, memory_of(web))
        await asyncio.sleep(SAMPLE_SECONDS)


def memory_of(web: Web) -> float:
    """MiB of the web process; 0 of one that has ended."""
    return resident_kib(web.process.pid) / KIB_OF_MIB if web.process.running else 0.0


@asynccontextmanager
async def attacker_of(attack: Attack, ground: Ground, web: Web, seconds: float) -> AsyncIterator[Process]:
    """The attacker's process, ready to begin; killed at the end."""
    foe: dict[str, Any] = {
        "port": web.port,
        "pid": web.process.pid,
        "seconds": seconds,
        "read_token": ground.tokens[f"{CROWDED} orders:read"],
        "write_token": ground.tokens[f"{CROWDED} all"],
        "other_port": web.other_port,
    }
    command = [sys.executable, "-m", "tests.attack.attacker", attack.name]
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, stderr=PIPE)
    try:
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("the attacker has no pipes")
        process.stdin.write(json.dumps(foe).encode() + b"\n")
        if await process.stdout.readline() != b"ready\n":
            raise RuntimeError(f"the attacker did not begin: {(await process.communicate())[1].decode()[-2000:]}")
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
