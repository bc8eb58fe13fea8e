"""Two simultaneous calls with one reference (PostgreSQL): the later call names the order whose reference is taken."""

import threading
from decimal import Decimal

import pytest
from django.db import transaction

from orders import selectors
from orders.errors import InvalidOrder
from orders.models import Order
from orders.services import NewOrder
from orders.writing import batches
from tests.factories import place_order
from tests.other_connection import in_another_thread

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
NEWS = [NewOrder(total=Decimal(1), external_reference=reference) for reference in "ABC"]


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Set when a call has looked for taken references and is about to insert."""
    looked = threading.Event()
    look = selectors.taken_references

    def look_and_report(orders: list[Order]) -> set[str]:
        taken = look(orders)
        looked.set()
        return taken

    monkeypatch.setattr(batches, "taken_references", look_and_report)
    return looked


def batch_against_an_order(looked: threading.Event, *, reject_all: bool) -> list[object]:
    """The result of a batch of A, B and C while another transaction is about to insert B."""
    with transaction.atomic():
        place_order(external_reference="B")
        thread, results = in_another_thread(
            lambda: batches.create_orders(NEWS, reject_all=reject_all, idempotency_key="k")
        )
        assert looked.wait(10)
    thread.join(10)
    return results


def test_a_batch_that_keeps_its_good_orders_loses_only_the_taken_reference(looked: threading.Event) -> None:
    [batch] = batch_against_an_order(looked, reject_all=False)

    assert isinstance(batch, batches.Batch)
    assert [order and order.external_reference for order in batch.orders] == ["A", None, "C"]
    assert [(error.code, error.path) for error in batch.errors] == [("TAKEN", ("orders", "1", "externalReference"))]
    assert Order.objects.count() == 3


def test_a_batch_that_is_refused_whole_names_the_taken_reference(looked: threading.Event) -> None:
    [error] = batch_against_an_order(looked, reject_all=True)

    assert isinstance(error, InvalidOrder)
    assert [(one.code, one.path) for one in error.errors] == [("TAKEN", ("orders", "1", "externalReference"))]
    assert Order.objects.count() == 1
