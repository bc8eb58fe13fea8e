"""What requests leave to the garbage collector: no row. A collection stops all threads: docs/decisions/0038."""

import gc
from collections.abc import Callable

import pytest
from django.db.models import Model

from graphql_api.tests.client import data_of
from orders.models import Order
from tests.factories import line, place_order
from tests.receivers_off import off_until_the_end

ORDER = """number total { amount currency } lines { sku unitPrice { amount } total { amount } }
    events { nodes { sequence order { number lines { sku total { amount } } } } }
    deliveries { nodes { receiver event { sequence order { status } } } } auditRecords { nodes { action } }"""


def read_pages() -> None:
    """Read a page of orders with all that belongs to them, and a page of events."""
    data_of(f"{{ orders(first: 10) {{ nodes {{ {ORDER} }} edges {{ cursor node {{ id }} }} }} }}")
    data_of("{ orderEvents { nodes { type order { number lines { total { amount } } } } } }")


def read_by_id() -> None:
    """Read one order by its number."""
    number = Order.objects.values_list("number", flat=True).order_by("number")[0]
    data_of(f'{{ order(by: {{number: "{number}"}}) {{ {ORDER} }} }}')


CREATE = (
    "mutation ($input: CreateOrderInput!) { createOrder(input: $input) { order { id lines { total { amount } } } } }"
)
PAY = "mutation ($id: ID!) { payOrder(input: { id: $id }) { order { status lines { sku } } } }"
INPUT = {"currency": "EUR", "lines": [{"sku": "A", "quantity": 2, "unitPrice": "1.50"}]}


def write() -> None:
    """Create an order, and pay it."""
    order_id = data_of(CREATE, {"input": INPUT})["createOrder"]["order"]["id"]
    paid = data_of(PAY, {"id": order_id})
    assert paid["payOrder"]["order"]["status"] == "PAID"


@pytest.mark.django_db
@pytest.mark.receivers  # which have their own garbage, in their own processes
@pytest.mark.parametrize("work", [read_pages, read_by_id, write])
def test_no_row_is_left_to_the_garbage_collector(work: Callable[[], None]) -> None:
    with off_until_the_end():
        for _ in range(3):
            place_order(lines=[line("A"), line("B")])
        work()  # What is made once is made.

        assert garbage_of(work) == []


def garbage_of(work: Callable[[], None]) -> list[Model]:
    """The rows that only the collector can free after ``work``."""
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        work()
        gc.collect()
        return [one for one in gc.garbage if isinstance(one, Model)]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
