"""Runs one attack against one server, beside a client of another tenant."""

import asyncio
import json
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from benchmarks.load.process_cost import resident_kib
from tests.attack.attack import ATTACKING, MEASURED, Attack
from tests.attack.deployment import Deployment, Web
from tests.attack.measured_client import LATE_SECONDS, MeasuredClient
from tests.attack.result import Memory, Result

BEFORE_SECONDS, AFTER_SECONDS = 3.0, 10.0
ATTACKER_SECONDS = 90.0
"""Longer than any attack lasts beyond its time."""
SAMPLE_SECONDS = 0.25
KIB_OF_MIB = 1024


async def play(attack: Attack, server: str, deployment: Deployment, seconds: float) -> Result:
    """Start a web process, time its answers before, during and after the attack, and measure its memory."""
    result = Result(attack, server)
    with deployment.web(server, attack.stage) as web:
        token = deployment.tokens[f"{MEASURED} all"]
        async with (
            attacker_of(attack, deployment, web, seconds) as attacker,
            MeasuredClient.at_work(web.port, token) as client,
        ):
            await observe(result, web, client, attacker)
        if not web.process.running:
            result.errors.append(f"the web process ended with status {web.process.status}")
    return result


async def observe(result: Result, web: Web, client: MeasuredClient, attacker: Process) -> None:
    """The three phases."""
    began = time.perf_counter()
    result.before = await client.during(asyncio.sleep(BEFORE_SECONDS))
    result.memory = Memory(before=memory_of(web))
    weighing = asyncio.create_task(weigh(result.memory, web))
    result.during = await client.during(attacked(result, attacker))
    result.after = await client.during(asyncio.sleep(AFTER_SECONDS))
    weighing.cancel()
    result.memory.after = memory_of(web)
    result.missed, result.late = client.missed_and_late(began, time.perf_counter() - LATE_SECONDS)


async def attacked(result: Result, attacker: Process) -> None:
    """Let the attacker begin, and wait until it has ended."""
    if attacker.stdin is None or attacker.stdout is None or attacker.stderr is None:
        raise RuntimeError("the attacker has no pipes")
    attacker.stdin.write(b"\n")
    try:
        async with asyncio.timeout(ATTACKER_SECONDS):
            printed, said = await asyncio.gather(attacker.stdout.read(), attacker.stderr.read())
    except TimeoutError:
        result.errors.append(f"the attacker did not end within {ATTACKER_SECONDS:.0f} s")
        return
    if not printed:
        result.errors.append(f"the attacker failed: {said.decode(errors='replace').strip().splitlines()[-1:]}")
        return
    heard = json.loads(printed)
    result.answer_counts = Counter(heard["answer_counts"])
    result.errors += heard["harms"]


async def weigh(memory: Memory, web: Web) -> None:
    """Record the most memory that the process holds, until cancelled."""
    while True:
        memory.most = max(memory.most, memory_of(web))
        await asyncio.sleep(SAMPLE_SECONDS)


def memory_of(web: Web) -> float:
    """MiB of the web process; 0 if it has ended."""
    return resident_kib(web.process.pid) / KIB_OF_MIB if web.process.running else 0.0


@asynccontextmanager
async def attacker_of(attack: Attack, deployment: Deployment, web: Web, seconds: float) -> AsyncIterator[Process]:
    """The attacker's process, ready to begin; killed at the end."""
    attacker: dict[str, Any] = {
        "port": web.port,
        "pid": web.process.pid,
        "seconds": seconds,
        "read_token": deployment.tokens[f"{ATTACKING} orders:read"],
        "write_token": deployment.tokens[f"{ATTACKING} all"],
        "other_port": web.other_port,
    }
    command = [sys.executable, "-m", "tests.attack.attacker_process", attack.name]
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, stderr=PIPE)
    try:
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("the attacker has no pipes")
        process.stdin.write(json.dumps(attacker).encode() + b"\n")
        if await process.stdout.readline() != b"ready\n":
            raise RuntimeError(f"the attacker did not begin: {(await process.communicate())[1].decode()[-2000:]}")
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
