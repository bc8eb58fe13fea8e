"""How many function calls an order takes: nearly all of its CPU time is the interpreter's, and follows this number."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any
from unittest import mock

import orjson
import pytest

from benchmarks.peers.operations import OURS
from events import switches
from graphql_api import billing
from graphql_api.tests.client import executor
from graphql_server import connections
from graphql_server.context import Context
from graphql_server.execution.executor import Operation
from tenants.auth.authentication import demo_caller
from tenants.ratelimit import buckets, throttling

pytestmark = [pytest.mark.django_db, pytest.mark.postgresql, pytest.mark.signals_driver]
ORDERS = 5
MOST_CALLS = 1_850
"""Of Python's and C's functions, from the operation to its response, for an order of two lines."""


@pytest.fixture
def steady(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing that is kept for a while ends between two orders, however slow the machine is."""
    throttling.forget()
    monkeypatch.setattr(buckets, "LEASE", 1.0)
    monkeypatch.setattr(switches, "REFRESH_SECONDS", 3600.0)
    monkeypatch.setattr(billing, "TOLERATED_POINTS", 1_000_000)
    monkeypatch.setattr("events.dispatch.notification.notify", lambda tenant_id: None)
    yield
    throttling.forget()


@contextmanager
def counted() -> Iterator[list[str]]:
    """Context manager: the names of the functions that this thread calls inside."""
    called: list[str] = []

    def note(frame: FrameType, event: str, argument: Any) -> None:
        if event == "call":
            called.append(frame.f_code.co_qualname)
        elif event == "c_call":
            called.append(argument.__qualname__)

    sys.setprofile(note)
    try:
        yield called
    finally:
        sys.setprofile(None)


def test_each_order_takes_the_same_few_function_calls(tenant: object, steady: None) -> None:
    """The first order is not counted: it reads the document, the switches and the rate limits, which are then kept."""
    calls = []
    with mock.patch.object(connections, "close_old_connections"):
        for number in range(ORDERS):
            operation = Operation(OURS.create_order, orjson.loads(orjson.dumps(OURS.order(number))))
            context = Context(caller=demo_caller(), request_id="r")
            with counted() as called:
                response = executor().run(operation, context)
            assert response["data"]["createOrder"]["userErrors"] == []
            calls.append(len(called))

    assert len(set(calls[1:])) == 1, calls
    assert calls[1] <= MOST_CALLS
