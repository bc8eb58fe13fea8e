"""The previous version's processes work beside this one's on one database: orders through both, both see all."""

import asyncio
import io
import subprocess
import tarfile
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import pytest

from tests.e2e.shop import HEAD, PATIENCE_SECONDS, Day, Shop, Watch, assert_side_effects, customer, place
from tests.e2e.stack import Production, assert_ends_well, environment_of, is_ready
from tests.environment import ROOT
from tests.runner.skips import NO_HISTORY
from tests.servers.processes import Process
from tests.servers.products import PostgresServer, RedisServer

pytestmark = [pytest.mark.e2e, pytest.mark.long]
ORDERS = 5


def git(*arguments: str) -> bytes:
    """The output of git; nothing if it fails, as it does where there is no history."""
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, check=False)
    return b"" if done.returncode else done.stdout


def previous_version() -> str:
    """The last release before this commit, or else the previous commit; nothing without history."""
    release = git("describe", "--tags", "--abbrev=0", "--match", "v*", "HEAD~1")
    return (release or git("rev-parse", "HEAD~1")).decode().strip()


@pytest.fixture
def before(tmp_path: Path) -> Path:
    """The previous version's files."""
    version = previous_version()
    archive = git("archive", version) if version else b""
    if not archive:
        pytest.skip(NO_HISTORY)
    folder = tmp_path / "before"
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        files.extractall(folder, filter="data")
    return folder


def of_version(process: Process, folder: Path) -> Process:
    """The same process of the code in another folder."""
    process.name += "-before"
    python, *arguments = process.command
    process.command = [python, *(part.replace(str(ROOT), str(folder)) for part in arguments)]
    process.env = {**(process.env or {}), "PYTHONPATH": str(folder)}
    return process


async def test_two_versions_work_on_one_database(
    before: Path, tmp_path: Path, postgres_server: PostgresServer, redis_server: RedisServer
) -> None:
    services = environment_of(postgres_server.logins, redis_server.environment)
    new, old = (Production(tmp_path, "uvicorn", services) for _ in range(2))
    shop = new.prepare()
    other = Shop(f"http://127.0.0.1:{old.port}", shop.token)
    _, dispatcher, web = new.processes()
    worker, _, web_before = (of_version(process, before) for process in old.processes())
    with ExitStack() as stack:
        for process in (worker, dispatcher, web_before, web):
            process.start()
            stack.callback(assert_ends_well, process)
        for process, one in ((web_before, other), (web, shop)):
            process.wait_until_ready(lambda one=one: is_ready(one.address), timeout_seconds=120)

        head, day = (await shop.ask(HEAD))["orders"]["eventCursor"], uuid4().hex
        here, there = Watch(), Watch()
        async with asyncio.timeout(PATIENCE_SECONDS), asyncio.TaskGroup() as group:
            group.create_task(here.follow(shop, after=head, count=2 * ORDERS))
            group.create_task(there.follow(other, after=head, count=2 * ORDERS))
            placing = [
                group.create_task(place(one, day=day, client=number, count=ORDERS))
                for number, one in enumerate((shop, other))
            ]
            orders = [order for task in placing for order in await task]
        customers = [customer(client, turn) for client in range(2) for turn in range(ORDERS)]
        seen = Day(orders, customers, here, there, {})
        seen.assert_seen_once_and_in_order()
        assert Counter(here.numbers) == Counter(order["number"] for order in orders)
        await assert_side_effects(shop, seen, new.mails)
