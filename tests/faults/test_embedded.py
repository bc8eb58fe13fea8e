"""``./dev up`` is killed in a burst of orders and started again: one process, SQLite, a broker in memory."""

import asyncio
import logging
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.shop import AUDIT, Shop
from tests.e2e.stack import Embedded, mails_of
from tests.environment import ROOT
from tests.faults.crowd import Crowd
from tests.faults.forms import FORM, SEED
from tests.processes import wait_until

pytestmark = pytest.mark.e2e
CLIENTS, BURST_ORDERS, MOST_UNFINISHED = 8, 24, 1_000
THREADS = 4
"""How many tasks it may have in hand at most."""
STUCK_SECONDS = 60.0
UNFINISHED = """
SELECT (SELECT count(*) FROM events_event WHERE sequence IS NULL)
     + (SELECT count(*) FROM events_delivery WHERE status IN ('PENDING', 'RUNNING', 'RETRYING'))
"""
UNDER_WAY = "SELECT count(*) FROM events_delivery WHERE status = 'RUNNING'"
ORDERS = """
SELECT customer_email, number, processing_status,
  (SELECT count(*) FROM events_event e WHERE e.order_id = o.id AND e.type = 'order.created'),
  (SELECT count(*) FROM audit_auditlog a
   WHERE replace(a.object_id, '-', '') = o.id AND a.action = 'ORDER_CREATED'),
  (SELECT count(*) FROM events_event e
   WHERE e.order_id = o.id AND json_extract(e.payload, '$.changes.processing_status[1]') = 'DONE')
FROM orders_order o WHERE customer_email LIKE 'laptop-%'
"""
STATUSES = """
SELECT DISTINCT d.status FROM events_delivery d JOIN orders_order o ON o.id = d.order_id
WHERE customer_email LIKE 'laptop-%'
"""
HEAD = "SELECT coalesce(max(sequence), 0) FROM events_event"


@dataclass
class Laptop:
    """The embedded default on data of its own."""

    stack: Embedded
    data: Path

    @property
    def shop(self) -> Shop:
        """As its clients know it."""
        return replace(self.stack.shop, close_seconds=0.2)

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """What its database says, read beside it."""
        with closing(sqlite3.connect(f"file:{self.data / 'db.sqlite3'}?mode=ro", uri=True, timeout=30)) as database:
            return database.execute(statement).fetchall()

    def one(self, statement: str) -> int:
        """A number in its database."""
        return int(self.rows(statement)[0][0])

    def unfinished(self) -> int:
        """How many effects are to come."""
        return self.one(UNFINISHED)

    def settle(self) -> float:
        """Wait for all effects; how many seconds that took."""
        began = time.monotonic()
        wait_until(lambda: self.unfinished() == 0, timeout_seconds=STUCK_SECONDS, what="all effects")
        return time.monotonic() - began

    def message_ids(self) -> dict[str, list[str]]:
        """The Message-IDs that each customer got."""
        found: dict[str, list[str]] = {}
        for file in (self.data / "outbox").glob("*.eml"):
            for mail in mails_of(file.read_bytes()):
                found.setdefault(str(mail["To"]), []).append(str(mail["Message-ID"]))
        return found


@pytest.fixture
def laptop(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> Iterator[Laptop]:
    """It runs, and ends well."""
    caplog.set_level(logging.WARNING)
    data = tmp_path / "data"
    data.mkdir()
    stack = Embedded(ROOT, env={"ORDERS_DATA_DIR": str(data)}, logs=tmp_path)
    stack.start()
    yield Laptop(stack, data)
    assert stack.stop() == 0


def test_all_effects_are_there_soon_after_a_kill(laptop: Laptop, capsys: pytest.CaptureFixture[str]) -> None:
    told: list[str] = []
    laptop.settle()
    before = laptop.one(HEAD)
    seed = f"{SEED} laptop"
    with Crowd(
        laptop.shop, "laptop", seed=seed, backlog=laptop.unfinished, clients=CLIENTS, rest_seconds=(0, 0)
    ) as crowd:
        for _ in range(FORM.rounds):
            crowd.most_unfinished = MOST_UNFINISHED
            crowd.place(BURST_ORDERS)
            laptop.stack.process.kill()
            crowd.most_unfinished = 0  # The clients let it come to itself.
            left, under_way = laptop.unfinished(), laptop.one(UNDER_WAY)
            started, took = laptop.stack.start(), laptop.settle()
            told.append(f"killed with {left} effects to come, {under_way} of them under way")
            told.append(f"ready again after {started:.1f} s, all there {took:.1f} s later")
        crowd.close()
        laptop.settle()
        crowd.see(laptop.one(HEAD))
    repeated = sum(len(ids) - len(set(ids)) for ids in laptop.message_ids().values())
    told.append(
        f"{crowd.orders} orders, {laptop.one(HEAD)} events, {repeated} mails repeated, lost: {dict(crowd.lost)}"
    )
    with capsys.disabled():
        print(f"\n./dev up killed ({FORM.name} form, seed {SEED})", *told, sep="\n    ")
    assert_whole(laptop, crowd, before)
    assert repeated <= FORM.rounds * THREADS


def assert_whole(laptop: Laptop, crowd: Crowd, before: int) -> None:
    """Each acknowledged order is there with each of its effects once, and was seen once and in order."""
    mails = laptop.message_ids()
    found = {customer: (*told, len(set(mails.get(customer, ())))) for customer, *told in laptop.rows(ORDERS)}
    assert found == {customer: (number, "DONE", 1, 1, 1, 1) for customer, number in crowd.acknowledged.items()}
    assert laptop.rows(STATUSES) == [("SUCCEEDED",)]
    assert crowd.dashboard.sequences == list(range(before + 1, laptop.one(HEAD) + 1))
    assert Counter(crowd.dashboard.created) == Counter(crowd.acknowledged.values())
    assert asyncio.run(laptop.shop.ask(AUDIT))["auditVerify"]["isIntact"]
