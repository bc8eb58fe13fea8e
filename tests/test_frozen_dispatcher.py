"""A process is frozen while it holds a stream's lock: others go on, and its late writes are refused."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from django.db import connection

from events import log_reader
from events.dispatch import direct
from events.dispatch.numbering import number
from events.dispatch.work import Batch
from events.models import Delivery, Event
from events.receivers import RECEIVERS
from tenants.context import current_tenant_id
from tests.factories import place_order
from tests.servers.processes import conversation

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

IDLE_SECONDS = 3
HOLDER = """
import sys, time, django
django.setup()
from django.db import connection, transaction
from events.models import Event, Stream
from events.dispatch.numbering import number
from events.dispatch.work import Batch
try:
    with transaction.atomic():
        Stream.objects.select_for_update().get(tenant_id=sys.argv[1])
        if len(sys.argv) > 2:
            from events.dispatch import ledger
            ledger.claim(sys.argv[2], lease_seconds=30)
        print("held", flush=True)
        sys.stdin.readline()
        Stream.objects.filter(tenant_id=sys.argv[1]).update(head=999)
    print("written", flush=True)
except Exception as error:
    print(type(error).__name__, flush=True)
"""
HOLDERS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'idle in transaction'
"""
Hold = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture(autouse=True)
def asleep(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the test numbers events."""
    monkeypatch.setattr("events.dispatch.notification.notify", lambda tenant_id: None)


@pytest.fixture
def hold(settings: Any) -> Iterator[Hold]:
    """Start a process that takes the stream's lock in the tests' database, and stop it there."""
    known = connection.get_connection_params()
    where = f"{known.get('host') or '127.0.0.1'}:{known.get('port') or 5432}/{connection.settings_dict['NAME']}"
    password = f":{known['password']}" if known.get("password") else ""
    environment = os.environ | {
        "DATABASE_URL": f"postgres://{known.get('user', 'postgres')}{password}@{where}",
        "DATABASE_IDLE_TRANSACTION_SECONDS": str(IDLE_SECONDS),
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    with ExitStack() as stack:

        def begin(*arguments: str) -> "subprocess.Popen[str]":
            process = stack.enter_context(conversation(HOLDER, *arguments, env=environment))
            assert process.stdout is not None
            assert process.stdout.readline() == "held\n"
            process.send_signal(signal.SIGSTOP)
            return process

        yield begin


def thawed(process: "subprocess.Popen[str]") -> str:
    """Continue it and let it write; return its last output."""
    process.send_signal(signal.SIGCONT)
    return process.communicate("go on\n", timeout=60)[0].strip()


def is_held() -> bool:
    """Whether the frozen process still has its transaction, so that no other process can have waited for its end."""
    with connection.cursor() as cursor:
        cursor.execute(HOLDERS)
        return bool(cursor.fetchone()[0])


def test_a_frozen_holder_loses_the_lock_and_its_late_writes(hold: Hold) -> None:
    place_order()
    number(current_tenant_id())
    place_order()
    frozen = hold(str(current_tenant_id()))

    assert number(current_tenant_id(), wait=False) == []
    assert is_held()

    began = time.monotonic()
    assert [event.sequence for event in number(current_tenant_id())] == [2]
    assert time.monotonic() - began < IDLE_SECONDS + 10
    assert thawed(frozen) == "InternalError"  # SQLSTATE 25P03, idle_in_transaction_session_timeout
    assert log_reader.head(current_tenant_id()) == 2


def test_a_delivery_of_a_frozen_process_delays_no_other(hold: Hold) -> None:
    place_order()
    place_order()
    number(current_tenant_id())
    first, second = Delivery.objects.filter(receiver="audit").order_by("sequence")
    hold(str(current_tenant_id()), str(first.pk))

    done = [direct.run(Batch(current_tenant_id(), RECEIVERS["audit"], [row])) for row in (first, second)]
    assert is_held()
    assert done == [0, 1]


def test_orders_are_accepted_while_a_frozen_process_holds_a_stream(hold: Hold) -> None:
    place_order()
    number(current_tenant_id())
    hold(str(current_tenant_id()))
    for _ in range(5):
        place_order()
    assert is_held()
    assert Event.objects.filter(sequence=None).count() == 5
    assert number(current_tenant_id())[-1].sequence == 6
