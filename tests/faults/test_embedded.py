"""``./dev up`` is killed in a burst of orders, or stopped, and started again: one process, SQLite, no broker."""

import asyncio
import os
import select
import signal
import socket
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.e2e.shop import AUDIT, Shop
from tests.e2e.stack import Embedded, mails_of
from tests.environment import ROOT
from tests.faults.forms import FORM, SEED
from tests.faults.traffic import Traffic
from tests.servers.processes import wait_until

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("quiet_clients")]
CLIENTS, BURST_ORDERS, MOST_UNFINISHED = 8, 24, 1_000
BACKLOG_ORDERS = 200
KILLED = "killed"
"""The customers of the test that kills it."""
END_SECONDS = 10.0
AT_ONCE_SECONDS = 5.0
"""On a busy machine; otherwise it takes some milliseconds."""
CREATE_MANY = """
mutation CreateMany($input: CreateOrdersInput!) {
  createOrders(input: $input) { orders { number } userErrors { message } }
}"""
THREADS = 4
"""The most tasks that it may hold."""
STUCK_SECONDS = 120.0
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
FROM orders_order o WHERE customer_email LIKE ?
"""
STATUSES = """
SELECT DISTINCT d.status FROM events_delivery d JOIN orders_order o ON o.id = d.order_id
WHERE customer_email LIKE ?
"""
HEAD = "SELECT coalesce(max(sequence), 0) FROM events_event"


@dataclass
class Laptop:
    """The embedded default with its own data."""

    stack: Embedded
    data: Path

    @property
    def shop(self) -> Shop:
        """The system, as its clients know it."""
        return replace(self.stack.shop, close_seconds=0.2)

    def rows(self, statement: str, *parameters: str) -> list[tuple[Any, ...]]:
        """Rows of its database, read from outside."""
        with closing(sqlite3.connect(f"file:{self.data / 'db.sqlite3'}?mode=ro", uri=True, timeout=30)) as database:
            return database.execute(statement, parameters).fetchall()

    def one(self, statement: str) -> int:
        """A number in its database."""
        return int(self.rows(statement)[0][0])

    def unfinished(self) -> int:
        """How many effects are still due."""
        return self.one(UNFINISHED)

    def settle(self) -> float:
        """Wait for all effects; return how many seconds that took."""
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

    def end(self, signum: int) -> None:
        """Stop it; it ends in time, says so in one line, and leaves no process."""
        process = psutil.Process(self.stack.process.pid)
        tree = [process, *process.children(recursive=True)]
        said = len(self.stack.process.log.read_text())
        began = time.monotonic()
        assert self.stack.process.stop(signum, timeout_seconds=60) == 0
        took = time.monotonic() - began
        assert took < END_SECONDS, f"it took {took:.1f} s"
        assert [one for one in tree if one.is_running()] == []
        last = self.stack.process.log.read_text()[said:]
        assert last.count("Stopping. Ctrl-C again does not wait.") == 1
        assert "Traceback" not in last


@pytest.fixture(scope="module")
def laptop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laptop]:
    """The system, running; each test leaves it so, with orders of its own; it must end well."""
    data, logs = (tmp_path_factory.mktemp(name) for name in ("data", "logs"))
    stack = Embedded(ROOT, env={"ORDERS_DATA_DIR": str(data)}, logs=logs)
    stack.start()
    yield Laptop(stack, data)
    assert stack.stop() == 0


def test_all_effects_are_there_soon_after_a_kill(laptop: Laptop, capsys: pytest.CaptureFixture[str]) -> None:
    report: list[str] = []
    laptop.settle()
    before = laptop.one(HEAD)
    seed = f"{SEED} laptop"
    with Traffic(
        laptop.shop, KILLED, seed=seed, backlog=laptop.unfinished, clients=CLIENTS, rest_seconds=(0, 0)
    ) as traffic:
        for _ in range(FORM.rounds):
            traffic.most_unfinished = MOST_UNFINISHED
            traffic.place(BURST_ORDERS)
            laptop.stack.process.kill()
            traffic.most_unfinished = 0  # The clients let it recover.
            left, under_way = laptop.unfinished(), laptop.one(UNDER_WAY)
            started, took = laptop.stack.start(), laptop.settle()
            report.append(f"killed with {left} effects to come, {under_way} of them under way")
            report.append(f"ready again after {started:.1f} s, all there {took:.1f} s later")
        traffic.close()
        laptop.settle()
        traffic.see(laptop.one(HEAD))
    mails = laptop.message_ids()
    repeated = sum(len(ids) - len(set(ids)) for customer, ids in mails.items() if KILLED in customer)
    report.append(
        f"{traffic.orders} orders, {laptop.one(HEAD)} events, {repeated} mails repeated, lost: {dict(traffic.lost)}"
    )
    with capsys.disabled():
        print(f"\n./dev up killed ({FORM.name} form, seed {SEED})", *report, sep="\n    ")
    assert_whole(laptop, traffic, before)
    assert repeated <= FORM.rounds * THREADS


@pytest.mark.parametrize("signum", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.long)])
def test_it_ends_at_once_with_a_backlog_and_does_the_rest_at_the_next_start(laptop: Laptop, signum: int) -> None:
    laptop.settle()
    name = f"stopped-by-{signum}"
    customers = [f"{name}-{number}@example.com" for number in range(BACKLOG_ORDERS)]
    inputs = [{"total": "10.00", "customerEmail": customer, "lines": []} for customer in customers]
    answer = asyncio.run(laptop.shop.ask(CREATE_MANY, input={"orders": inputs, "errorPolicy": "REJECT_ALL"}))
    placed = [order["number"] for order in answer["createOrders"]["orders"]]
    with socket.create_connection(("127.0.0.1", laptop.stack.port)) as unfinished:
        unfinished.sendall(b"POST /graphql/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{")
        laptop.end(signum)
    left = laptop.unfinished()
    assert left > BACKLOG_ORDERS, "There was no backlog at the end."

    laptop.stack.start()
    laptop.settle()
    mails = laptop.message_ids()
    found = [tuple(counts) for _, *counts in laptop.rows(ORDERS, f"{name}-%")]
    assert sorted(found) == sorted((number, "DONE", 1, 1, 1) for number in placed)
    assert [len(set(mails.get(customer, ()))) for customer in customers] == [1] * BACKLOG_ORDERS
    assert laptop.rows(STATUSES, f"{name}-%") == [("SUCCEEDED",)]
    assert laptop.rows("PRAGMA integrity_check") == [("ok",)]
    assert asyncio.run(laptop.shop.ask(AUDIT))["auditVerify"]["isIntact"]


@pytest.mark.long
def test_it_ends_when_its_terminal_has_stopped_reading(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    stack = Embedded(ROOT, env={"ORDERS_DATA_DIR": str(data)}, logs=tmp_path)
    os.mkfifo(stack.process.log)
    terminal = os.open(stack.process.log, os.O_RDONLY | os.O_NONBLOCK)
    try:
        stack.start()
        while os.read(terminal, 65536):
            if not select.select([terminal], [], [], 1)[0]:
                break
        full = os.open(stack.process.log, os.O_WRONLY | os.O_NONBLOCK)
        with pytest.raises(BlockingIOError):
            while True:
                os.write(full, b"." * 512)
        began = time.monotonic()
        assert stack.process.stop(signal.SIGTERM, timeout_seconds=60) == 0
        assert time.monotonic() - began < END_SECONDS
    finally:
        stack.process.kill()
        os.close(terminal)


@pytest.mark.parametrize("signum", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.long)])
@pytest.mark.parametrize(
    "said", [pytest.param("", marks=pytest.mark.long), "Migrating the database", "Placing demo orders"]
)
def test_it_ends_at_once_while_it_starts(tmp_path: Path, said: str, signum: int) -> None:
    data = tmp_path / "data"
    data.mkdir()
    stack = Embedded(ROOT, env={"ORDERS_DATA_DIR": str(data)}, logs=tmp_path)
    stack.process.start()
    try:
        wait_until(
            lambda: catches(stack.process.pid, signum) and said in stack.process.log.read_text(),
            timeout_seconds=60,
            what=said or "its handler",
        )
        began = time.monotonic()
        status = stack.process.stop(signum, timeout_seconds=60)
        took = time.monotonic() - began
    finally:
        stack.process.kill()
    assert (status, took < AT_ONCE_SECONDS) == (0, True)
    text = stack.process.log.read_text()
    assert text.endswith("\nStopped before it was up.\n")
    assert "Traceback" not in text


def catches(pid: int, signum: int) -> bool:
    """Whether the process is our program with a handler for this signal."""
    if "manage.py" not in " ".join(psutil.Process(pid).cmdline()):
        return False
    status = Path(f"/proc/{pid}/status").read_text()
    if signum == signal.SIGINT:  # Python handles SIGINT from the beginning; both handlers are set together.
        signum = signal.SIGTERM
    caught = int(next(line for line in status.splitlines() if line.startswith("SigCgt")).split()[1], 16)
    return bool(caught >> (signum - 1) & 1)


def assert_whole(laptop: Laptop, traffic: Traffic, before: int) -> None:
    """Each acknowledged order has each of its effects once, and was seen once and in order."""
    mails = laptop.message_ids()
    rows = laptop.rows(ORDERS, f"{KILLED}-%")
    found = {customer: (*counts, len(set(mails.get(customer, ())))) for customer, *counts in rows}
    assert found == {customer: (number, "DONE", 1, 1, 1, 1) for customer, number in traffic.acknowledged.items()}
    assert laptop.rows(STATUSES, f"{KILLED}-%") == [("SUCCEEDED",)]
    assert traffic.dashboard.sequences == list(range(before + 1, laptop.one(HEAD) + 1))
    assert Counter(traffic.dashboard.created) == Counter(traffic.acknowledged.values())
    assert asyncio.run(laptop.shop.ask(AUDIT))["auditVerify"]["isIntact"]
