"""How many function calls an order takes, which is what its CPU goes by: nearly all of it is the interpreter's."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any
from unittest import mock

import orjson
import pytest

from benchmarks.peers.operations import OURS
from graphql_api.tests.client import executor
from graphql_server import connections
from graphql_server.context import Context
from graphql_server.execution.executor import Operation
from tenants.auth.authentication import demo_caller

pytestmark = [pytest.mark.django_db, pytest.mark.postgresql, pytest.mark.signals_driver]
ORDERS = 5
MOST_CALLS = 1830
"""Of Python's and C's functions, from the operation to its response, for an order of two lines."""


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


def test_an_order_takes_few_function_calls(tenant: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """The best of some orders counts: on a slow machine, values that are kept for a second expire between two."""
    monkeypatch.setattr("events.dispatch.notification.notify", lambda tenant_id: None)
    calls = []
    with mock.patch.object(connections, "close_old_connections"):
        for number in range(ORDERS):
            operation = Operation(OURS.create_order, orjson.loads(orjson.dumps(OURS.order(number))))
            context = Context(caller=demo_caller(), request_id="r")
            with counted() as called:
                response = executor().run(operation, context)
            assert response["data"]["createOrder"]["userErrors"] == []
            calls.append(len(called))

    assert min(calls) <= MOST_CALLS, calls
