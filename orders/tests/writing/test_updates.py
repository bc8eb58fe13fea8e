"""What ``update_order`` changes, at which status, and that a refusal changes nothing."""

from typing import Any

import pytest

from audit.models import AuditLog
from events.models import Event
from orders import event_types, services
from orders.errors import InvalidOrder, KeyReused, OrderNotFound, StaleVersion
from orders.models import Order
from orders.search.filters import Mentions
from orders.states import Status
from orders.tables.order_parts import OrderTag
from orders.writing.updates import update_order
from tenants.context import tenant_context
from tenants.models import Tenant
from tests.factories import place_order

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases, pytest.mark.relay_too, pytest.mark.receivers_off_too]

OPEN = {"customer_email": "bob@example.com", "customer_name": "Bob", "external_reference": "B-1", "metadata": {"a": 1}}
INTERNAL = {"notes": "Call first.\nThen ship.", "tags": ["vip", "gift", "vip"]}


def updated(order: Order, **changes: Any) -> Order:
    return update_order(order.id, changes)  # type: ignore[arg-type]  # its keys


def codes(caught: Any) -> list[tuple[str, str]]:
    return [(error.code, ".".join(error.path)) for error in caught.value.errors]


def events_of(order: Order) -> list[Event]:
    return list(Event.objects.filter(order_id=order.id, type=event_types.UPDATED))


@pytest.mark.parametrize("status", [Status.NEW, Status.PAID])
def test_everything_about_an_open_order_can_change(status: Status) -> None:
    order = Order.objects.get(pk=place_order(status=status, external_reference="A-1").pk)

    given = updated(order, **OPEN, **INTERNAL)

    found = Order.objects.get(pk=order.pk)
    expected = OPEN | INTERNAL | {"tags": ["gift", "vip"], "status": status, "version": order.version + 1}
    assert {name: getattr(found, name) for name in expected} == expected
    assert found.snapshot() == given.snapshot()
    [event] = events_of(order)
    assert event.payload["order"] == found.snapshot()
    assert event.payload["changes"] == {
        "customer_email": ["ada@example.com", "bob@example.com"],
        "customer_name": ["Ada Lovelace", "Bob"],
        "external_reference": ["A-1", "B-1"],
        "metadata": [{}, {"a": 1}],
        "notes": ["", INTERNAL["notes"]],
        "tags": [[], ["gift", "vip"]],
        "updated_at": [order.updated_at.isoformat(), found.updated_at.isoformat()],
        "version": [order.version, order.version + 1],
    }


@pytest.mark.parametrize("status", [Status.SHIPPED, Status.DELIVERED, Status.CANCELLED])
def test_afterwards_only_notes_and_tags_can_change(status: Status) -> None:
    order = place_order(status=status)
    assert updated(order, **INTERNAL).tags == ["gift", "vip"]

    for name, value in OPEN.items():
        with pytest.raises(InvalidOrder) as caught:
            updated(order, **{name: value}, notes="other")
        path = {"metadata": "metadata"}.get(name) or name.split("_")[0] + name.split("_")[1].capitalize()
        assert codes(caught) == [("INVALID_TRANSITION", path)]
    assert Order.objects.get(pk=order.pk).notes == INTERNAL["notes"]
    assert len(events_of(order)) == 1


def test_fields_that_stay_the_same_are_no_change() -> None:
    order = place_order(status=Status.SHIPPED, notes="a", tags=["x"])

    same = updated(order, customer_name="Ada Lovelace", notes="a", tags=["x"])

    assert (same.version, events_of(order)) == (order.version, [])


def test_a_repeat_with_the_key_changes_nothing() -> None:
    order = place_order()
    for _ in range(2):
        update_order(order.id, {"notes": "a"}, idempotency_key="k")
    updated(order, notes="b")

    again = update_order(order.id, {"notes": "a"}, idempotency_key="k")

    assert (again.notes, len(events_of(order))) == ("b", 2)
    with pytest.raises(KeyReused):
        update_order(order.id, {"notes": "c"}, idempotency_key="k")


def test_a_stale_version_is_refused() -> None:
    order = place_order(status=Status.PAID)
    with pytest.raises(StaleVersion) as caught:
        update_order(order.id, {"notes": "a"}, expected_version=1)
    assert (caught.value.current_version, events_of(order)) == (2, [])
    assert update_order(order.id, {"notes": "a"}, expected_version=2).version == 3


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, [("REQUIRED", "")]),
        ({"customer_email": "x"}, [("INVALID", "customerEmail")]),
        ({"customer_name": "a\nb"}, [("INVALID", "customerName")]),
        ({"external_reference": ""}, [("REQUIRED", "externalReference")]),
        ({"metadata": [1]}, [("INVALID", "metadata")]),
        ({"notes": "a\x00"}, [("INVALID", "notes")]),
        ({"notes": "a" * 5001}, [("LIMIT_EXCEEDED", "notes")]),
        ({"notes": 1, "tags": "vip"}, [("INVALID", "notes"), ("INVALID", "tags")]),
        ({"tags": ["a" * 41, " "]}, [("LIMIT_EXCEEDED", "tags.0"), ("REQUIRED", "tags.1")]),
        ({"tags": ["ok", "a\nb"]}, [("INVALID", "tags.1")]),
        ({"tags": [str(number) for number in range(21)]}, [("LIMIT_EXCEEDED", "tags")]),
    ],
)  # fmt: skip
def test_bad_values_are_refused_and_change_nothing(changes: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    order = place_order()
    with pytest.raises(InvalidOrder) as caught:
        update_order(order.id, changes, idempotency_key="k")  # type: ignore[arg-type]  # they are bad
    assert codes(caught) == expected
    assert (Order.objects.get().version, events_of(order)) == (1, [])


def test_a_taken_reference_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    place_order(external_reference="A-1")
    order = place_order(external_reference="B-1")
    for _ in range(2):
        with pytest.raises(InvalidOrder) as caught:
            updated(order, external_reference="A-1")
        assert codes(caught) == [("TAKEN", "externalReference")]
        monkeypatch.setattr("orders.writing.updates.taken_references", lambda _: set())  # Lost in a race.
    assert Order.objects.get(pk=order.pk).external_reference == "B-1"
    assert updated(order, external_reference=None).external_reference is None


def test_the_order_is_found_by_its_new_texts_and_tags() -> None:
    order = place_order(tags=["old", "both"])
    updated(order, customer_name="Grace Hopper", tags=["both", "new"])

    assert Order.objects.filter(Mentions.of("grace").to_q()).count() == 1
    assert not Order.objects.filter(Mentions.of("lovelace").to_q()).exists()
    assert sorted(OrderTag.objects.values_list("tag", flat=True)) == ["both", "new"]


@pytest.mark.receivers
def test_the_change_is_audited_with_its_values() -> None:
    order = place_order()
    updated(order, notes="a", tags=["x"])

    record = AuditLog.objects.get(action="ORDER_UPDATED")
    assert record.object_id == str(order.id)
    assert (record.metadata["changes"]["notes"], record.metadata["changes"]["tags"]) == (["", "a"], [[], ["x"]])


def test_another_tenants_order_is_not_found(other_tenant: Tenant) -> None:
    with tenant_context(other_tenant.id):
        order = place_order()
    with pytest.raises(OrderNotFound):
        updated(order, notes="a")


def test_a_later_change_keeps_notes_and_tags() -> None:
    order = place_order(notes="a", tags=["x"])
    services.pay_order(order.id)
    found = Order.objects.get(pk=order.pk)
    assert (found.notes, found.tags, found.status) == ("a", ["x"], Status.PAID)
