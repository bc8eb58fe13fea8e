"""The main job, end to end: an order placed by a mutation reaches live dashboards, and all its effects happen."""

import signal
from pathlib import Path

import pytest

from tests.e2e.collector import Collector, collector
from tests.e2e.observed import Observed
from tests.e2e.shop import Day, assert_side_effects, trade
from tests.e2e.stack import Embedded, Production, clone, environment_of
from tests.form import LONG
from tests.servers.products import PostgresServer, RedisServer

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("quiet_clients")]
CLIENTS, ORDERS_EACH = 8, 25 if LONG else 5


def print_times(title: str, seconds: dict[str, float]) -> None:
    """Print what each part took."""
    print(f"\n{title}")
    for what, taken in seconds.items():
        print(f"  {what:<45} {taken:7.2f} s")


async def day_at(stack: Embedded | Production, shop) -> Day:
    """Place the orders, watch them, and check all that must be true afterwards."""
    day = await trade(shop, clients=CLIENTS, orders_each=ORDERS_EACH)
    day.assert_seen_once_and_in_order()
    await assert_side_effects(shop, day, stack.mails)
    return day


def assert_each_order_is_one_trace(traces: Collector, orders: int) -> None:
    """The trace of each mutation has spans of all three processes, or spans of a batch with links to it."""
    ordered = traces.traces_with("orders-web", "mutation createOrder")
    assert len(ordered) >= orders
    for service, span in (
        ("orders-dispatcher", "numbering pass"),
        ("orders-dispatcher", "send processing"),
        ("orders-worker", "receiver processing"),
        ("orders-worker", "receiver notifications"),
    ):
        assert len(ordered & traces.traces_with(service, span)) == orders, (service, span)
    # A dashboard that begins or resumes reads its first events from the log: nothing of these is sent live.
    assert len(ordered & traces.traces_with("orders-web", "live delivery")) >= orders / 2


@pytest.mark.long
async def test_two_commands_in_an_empty_directory(tmp_path: Path):
    stack = Embedded(clone(tmp_path / "clone"))
    first_start = stack.start()
    try:
        day = await day_at(stack, stack.shop)
    finally:
        status = stack.stop(signal.SIGTERM)
    assert status == 0
    second_start = stack.start()
    assert stack.stop(signal.SIGINT) == 0
    print_times(
        "embedded (SQLite, one process tree)",
        {"first ./dev up": first_start, **day.seconds, "second ./dev up": second_start},
    )


@pytest.mark.parametrize("server", ["uvicorn", pytest.param("daphne", marks=pytest.mark.long)])
async def test_separate_processes_on_real_servers(
    server: str, tmp_path: Path, postgres_server: PostgresServer, redis_server: RedisServer
):
    with collector() as traces:
        stack = Observed(tmp_path, server, environment_of(postgres_server.logins, redis_server.environment))
        stack.endpoint = traces.endpoint
        with stack.running() as shop:
            day = await day_at(stack, shop)
            stack.assert_all_is_exposed()
    stack.assert_logs_name_no_person()
    assert_each_order_is_one_trace(traces, len(day.orders))
    print_times(
        f"{server}, worker, dispatcher on {postgres_server.describe()} and {redis_server.describe()}", day.seconds
    )
