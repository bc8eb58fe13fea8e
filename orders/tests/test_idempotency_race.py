"""Two simultaneous calls under one key (PostgreSQL): the second waits for the first, but not for long."""

import pytest
from django.db import transaction

from orders import idempotency
from orders.errors import KeyInProgress
from orders.models import Order
from tests.factories import place_order
from tests.other_connection import in_another_thread

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


def test_a_second_call_gets_the_first_ones_order():
    with transaction.atomic():
        place_order(idempotency_key="k")
        thread, results = in_another_thread(lambda: place_order(idempotency_key="k"))
    thread.join(10)
    assert [type(result) for result in results] == [Order]
    assert Order.objects.count() == 1


def test_a_second_call_does_not_wait_for_long(monkeypatch):
    monkeypatch.setattr(idempotency, "WAIT_MILLISECONDS", 50)
    with transaction.atomic():
        place_order(idempotency_key="k")
        thread, results = in_another_thread(lambda: place_order(idempotency_key="k"))
        thread.join(10)
    assert [type(result) for result in results] == [KeyInProgress]
    assert Order.objects.count() == 1


def test_after_a_rollback_the_second_call_makes_the_order():
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        place_order(idempotency_key="k", customer_name="First")
        thread, results = in_another_thread(lambda: place_order(idempotency_key="k", customer_name="Second"))
        raise ZeroDivisionError
    thread.join(10)
    assert [type(result) for result in results] == [Order]
    assert Order.objects.get().customer_name == "Second"
