"""When two inputs count as equal under an idempotency key, and which call holds the key."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, make_dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from orders import idempotency, services
from orders.errors import KeyInProgress, KeyReused
from orders.idempotency import input_hash, input_hash_of_all_fields
from orders.models import IdempotencyRecord, Order
from orders.services import NewOrder
from orders.validation import NewLine
from tests.factories import place_order

pytestmark = pytest.mark.both_databases

LINE = NewLine(sku="TEA-1", quantity=2, unit_price=Decimal("12.50"))
GIVEN = NewOrder(lines=[LINE], customer_email="ada@example.com")


def later(kind: type[Any]) -> type[Any]:
    """The same dataclass in a later version, with fields that no client gives yet."""
    added = [("gift", bool, field(default=False)), ("tags", list[str], field(default_factory=list))]
    return make_dataclass(kind.__name__, added, bases=(kind,), frozen=True)


def test_a_new_field_does_not_change_the_hash_where_it_is_not_given() -> None:
    line, order = later(NewLine), later(NewOrder)
    same = order(lines=[line(sku="TEA-1", quantity=2, unit_price=Decimal("12.5"))], customer_email="ada@example.com")
    assert input_hash("createOrder", same) == input_hash("createOrder", GIVEN)
    batch = {"rejectAll": True, "orders": [same]}
    assert input_hash("createOrders", batch) == input_hash("createOrders", {"rejectAll": True, "orders": [GIVEN]})


@pytest.mark.parametrize("other", [{"gift": True}, {"tags": ["a"]}, {"currency": "EUR"}, {"metadata": {"a": None}}])
def test_given_fields_change_the_hash(other: dict[str, Any]) -> None:
    changed = later(NewOrder)(lines=[LINE], customer_email="ada@example.com", **other)
    assert input_hash("createOrder", changed) != input_hash("createOrder", GIVEN)


def test_a_new_detail_changes_the_hash_only_where_it_is_given() -> None:
    moved = input_hash("order.PAID", {"id": 7, "expectedVersion": None})
    assert input_hash("order.PAID", {"id": 7, "expectedVersion": None, "reason": "", "by": None}) == moved
    assert input_hash("order.PAID", {"id": 7, "expectedVersion": 0}) != moved
    assert input_hash("order.PAID", {"id": 7, "reason": "x"}) != moved


def test_nothing_in_the_clients_own_json_is_left_out() -> None:
    given: list[dict[str, Any]] = [{}, {"a": None}, {"a": ""}, {"a": {}}, {"a": False}]
    assert len({input_hash("o", NewOrder(metadata=one)) for one in given}) == 5


def test_earlier_hashes_still_match() -> None:
    """Records that were written before the form had a version still match."""
    whole = '["createOrder",{"currency":"","customer_email":"","customer_name":"","external_reference":null,"lines":[],'
    assert input_hash_of_all_fields("createOrder", NewOrder(lines=[], total=Decimal("1.50"))) == idempotency.hash_of(
        json.loads(f'{whole}"metadata":{{}},"status":"NEW","total":"1.5"}}]'), str
    )


def test_fields_of_a_later_version_change_no_earlier_hash() -> None:
    given: dict[str, Any] = {"lines": [], "total": Decimal("1.50")}
    then, now = NewOrder(**given), later(NewOrder)(**given)
    assert input_hash_of_all_fields("createOrder", now) == input_hash_of_all_fields("createOrder", then)


@pytest.mark.django_db
def test_a_key_from_before_the_deployment_finds_its_order_and_refuses_another_input() -> None:
    order = services.create_order(GIVEN, idempotency_key="k")
    before = input_hash_of_all_fields("createOrder", GIVEN)
    assert before != input_hash("createOrder", GIVEN)
    IdempotencyRecord.objects.update(input_hash=before)

    assert services.create_order(GIVEN, idempotency_key="k") == order
    with pytest.raises(KeyReused):
        services.create_order(NewOrder(lines=[LINE]), idempotency_key="k")
    assert Order.objects.count() == 1


def found_taken(*_: object, **__: object) -> None:
    """There was a record of the key when the order was to be inserted with its key."""
    raise idempotency.KeyTaken


@pytest.mark.django_db
@pytest.mark.parametrize("times", [0, 1, 3])
def test_a_key_that_is_deleted_during_the_call_is_free(monkeypatch: pytest.MonkeyPatch, times: int) -> None:
    """The key exists when the call tries to take it, and upkeep has deleted it when the call reads its holder."""
    insert, refused = idempotency.insert_unless_taken, [False] * times
    monkeypatch.setattr(services, "promise_later", found_taken)
    monkeypatch.setattr(idempotency, "insert_unless_taken", lambda record: refused.pop() if refused else insert(record))
    place_order(idempotency_key="k")
    assert (Order.objects.count(), IdempotencyRecord.objects.count()) == (1, 1)


@pytest.mark.django_db
def test_a_key_that_stays_taken_is_in_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "promise_later", found_taken)
    monkeypatch.setattr(idempotency, "insert_unless_taken", lambda record: False)
    with pytest.raises(KeyInProgress):
        place_order(idempotency_key="k")
    assert Order.objects.count() == 0


@pytest.fixture
def opened_with(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Opens the connection again, with this ``lock_timeout`` of its own."""

    def reopen(own: str) -> None:
        options: dict[str, Any] = connection.settings_dict["OPTIONS"]
        monkeypatch.setitem(options, "options", f"{options.get('options', '')} -c lock_timeout={own}")
        monkeypatch.setitem(options, "pool", False)
        connection.close()

    yield reopen
    connection.close()


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("own", ["0", "1500ms", "7s"])
@pytest.mark.parametrize("taken", ["", "held", "expired"])
def test_the_connections_own_lock_timeout_is_restored(own: str, taken: str, opened_with: Callable[[str], None]) -> None:
    opened_with(own)
    if taken:
        place_order(idempotency_key="k")
    if taken == "expired":
        IdempotencyRecord.objects.update(expires_at=timezone.now() - timedelta(days=1))
    with transaction.atomic(), connection.cursor() as cursor:
        place_order(idempotency_key="k")
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == (own,)


@dataclass(frozen=True)
class Empty:
    """A dataclass without fields."""


def test_empty_input_has_a_hash() -> None:
    assert input_hash("o", Empty()) == input_hash("o", Empty()) != input_hash("p", Empty())
