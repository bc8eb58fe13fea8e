"""A broker and a channel layer that are frozen, stopped and started again, with real processes."""

import statistics
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.environment import fresh_environment
from tests.servers.processes import conversation, wait_until
from tests.servers.products import RedisServer

pytestmark = pytest.mark.e2e

SENDER = """
import sys, time, django
django.setup()
from config.celery import app
for line in sys.stdin:
    began = time.monotonic()
    try:
        app.send_task("probe", args=["1"])
        said = "sent"
    except Exception as error:
        said = type(error).__name__
    print(f"{time.monotonic() - began:.3f} {said}", flush=True)
"""
ORDERS = """
import sys, time, django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from decimal import Decimal
from events.dispatch.dispatcher import Dispatcher
from events.models import Delivery
from orders import services
Dispatcher().start()
print("ready", flush=True)
for line in sys.stdin:
    if line.strip() == "unsent":
        print(Delivery.objects.filter(receiver="processing", status="PENDING").count(), flush=True)
        continue
    began = time.monotonic()
    services.create_order(services.NewOrder(lines=[], total=Decimal(1)))
    print(f"{time.monotonic() - began:.4f}", flush=True)
"""
Ask = Callable[[str], str]
BOUND_SECONDS = 5.0  # A second, on a busy machine; without a limit the call would never end.


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    """A Redis that may be frozen."""
    with RedisServer(own=True) as server:
        yield server


@pytest.fixture
def talk(redis: RedisServer, tmp_path: Path) -> Iterator[Callable[[str], Ask]]:
    """Start a Python process that answers each line with a line."""
    environment = fresh_environment(
        BROKER_URL=redis.url,
        REDIS_URL=redis.url,
        ORDERS_DATA_DIR=str(tmp_path),
        DJANGO_SETTINGS_MODULE="config.settings",
    )
    with ExitStack() as stack:

        def begin(code: str) -> Ask:
            process = stack.enter_context(conversation(code, env=environment))
            assert process.stdin is not None
            assert process.stdout is not None
            given, said = process.stdin, process.stdout

            def ask(line: str) -> str:
                if line:
                    given.write(f"{line}\n")
                    given.flush()
                return said.readline().strip()

            return ask

        yield begin


def test_a_send_is_bounded_whatever_the_broker_does(redis: RedisServer, talk: Callable[[str], Ask]) -> None:
    ask = talk(SENDER)
    assert ask("send").endswith(" sent")
    redis.freeze()
    frozen = [ask("send").split() for _ in range(2)]
    redis.thaw()
    thawed = ask("send").split()
    redis.kill()
    gone = [ask("send").split() for _ in range(2)]

    assert [said for _, said in frozen] == ["OperationalError"] * 2
    assert all(1.0 <= float(seconds) < BOUND_SECONDS for seconds, _ in frozen)
    assert thawed[1] == "sent"
    assert [said for _, said in gone] == ["OperationalError"] * 2
    assert all(float(seconds) < BOUND_SECONDS for seconds, _ in gone)


def test_orders_do_not_wait_for_a_frozen_broker_and_channel_layer(
    redis: RedisServer, talk: Callable[[str], Ask]
) -> None:
    ask = talk(ORDERS)
    assert ask("") == "ready"
    assert float(ask("order")) < 5  # the first one, which imports and connects
    normal = [float(ask("order")) for _ in range(30)]
    redis.freeze()
    frozen = [float(ask("order")) for _ in range(60)]
    redis.thaw()

    print(f"createOrder p95: {percentile_95(normal):.3f} s, with a frozen broker {percentile_95(frozen):.3f} s")
    wait_until(lambda: int(ask("unsent")) == 1 + 30 + 60, timeout_seconds=30, what="all tasks to be in the ledger")
    assert percentile_95(frozen) < 1.0  # No call of the broker, which takes a second, delays it.


def percentile_95(seconds: list[float]) -> float:
    """The 95th percentile."""
    return statistics.quantiles(seconds, n=20)[-1]
