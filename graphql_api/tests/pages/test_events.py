"""The event log and the audit trail, read in pages."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit.models import AuditLog
from audit.pruning import remove_to
from audit.services import write_audit_log
from audit.tests.tampering import as_tamperer, tamper
from events import cursors
from events.dispatch.inline import dispatch_now
from events.models import Event, Stream
from graphql_api.ids import global_id
from graphql_api.tests.client import caller_of, data_of, refusal_of
from graphql_api.types.audit_records import AuditAction
from orders.event_types import ACTIONS, OTHER_ACTION
from orders.models import Order
from orders.states import Status
from tenants.models import Tenant
from tests.factories import place_order

pytestmark = [pytest.mark.django_db, pytest.mark.relay_too, pytest.mark.usefixtures("nothing_is_processed")]

EVENTS = """query ($first: Int, $after: String, $types: [OrderEventType!], $orderId: ID) {
  orderEvents(first: $first, after: $after, types: $types, orderId: $orderId) {
    nodes { sequence type cursor } edges { cursor } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}"""
AUDIT = """query ($first: Int, $after: String, $actions: [AuditAction!], $objectId: String) {
  auditRecords(first: $first, after: $after, actions: $actions, objectId: $objectId) {
    nodes { position action objectId eventId actor } pageInfo { hasNextPage endCursor }
  }
}"""


def events(**variables: Any) -> dict[str, Any]:
    """A page of events."""
    found: dict[str, Any] = data_of(EVENTS, variables)["orderEvents"]
    return found


def sequences(found: dict[str, Any]) -> list[str]:
    """The events of a page."""
    return [node["sequence"] for node in found["nodes"]]


@pytest.mark.receivers
def test_event_has_all_its_fields(tenant: Tenant, orders: list[Order]) -> None:
    event = Event.objects.get(type="order.paid")

    found = data_of(
        """{ orderEvents(types: [ORDER_PAID]) { nodes { id type sequence cursor occurredAt actor changedFields
          order { id status version paidAt lines { sku unitPrice { amount } } } } } }"""
    )["orderEvents"]["nodes"]

    assert found == [
        {
            "id": global_id("OrderEvent", event.id),
            "type": "ORDER_PAID",
            "sequence": "2",
            "cursor": cursors.encode(tenant.id, 2),
            "occurredAt": event.occurred_at.isoformat(),
            "actor": "system",
            "changedFields": ["paidAt", "status", "updatedAt", "version"],
            "order": {
                "id": global_id("Order", orders[0].id),
                "status": "PAID",
                "version": 2,
                "paidAt": event.payload["order"]["paid_at"],
                "lines": [{"sku": "TEA-1", "unitPrice": {"amount": "12.50"}}],
            },
        }
    ]


@pytest.mark.receivers
def test_log_is_the_tenants_from_its_beginning(orders: list[Order], other_tenant: Tenant) -> None:
    assert sequences(events()) == ["1", "2", "3", "4"]
    assert sequences(data_of(EVENTS, caller=caller_of(other_tenant))["orderEvents"]) == ["1"]


@pytest.mark.receivers
def test_log_goes_on_after_any_events_cursor(orders: list[Order]) -> None:
    one = events(first=2)
    two = events(first=2, after=one["pageInfo"]["endCursor"])

    assert [sequences(one), sequences(two)] == [["1", "2"], ["3", "4"]]
    for page, has_next in ((one, True), (two, False)):
        assert page["pageInfo"] == {
            "hasNextPage": has_next,
            "hasPreviousPage": not has_next,
            "startCursor": page["nodes"][0]["cursor"],
            "endCursor": page["nodes"][1]["cursor"],
        }
    assert [edge["cursor"] for edge in two["edges"]] == [node["cursor"] for node in two["nodes"]]


@pytest.mark.receivers
def test_event_cursor_of_a_page_is_where_its_events_go_on(orders: list[Order], tenant: Tenant) -> None:
    cursor = data_of("{ orders { eventCursor } }")["orders"]["eventCursor"]
    place_order()
    dispatch_now(tenant.id)

    assert sequences(events(after=cursor)) == ["5"]


@pytest.mark.receivers
def test_log_is_narrowed_by_type_and_order(orders: list[Order]) -> None:
    new, shipped = (global_id("Order", order.id) for order in (orders[1], orders[0]))

    assert sequences(events(types=["ORDER_CREATED", "ORDER_SHIPPED"])) == ["1", "3", "4"]
    assert sequences(events(orderId=new)) == ["4"]
    assert sequences(events(orderId=shipped, types=["ORDER_CREATED"])) == ["1"]
    assert sequences(events(types=[])) == []


@pytest.mark.receivers
def test_another_tenants_order_has_no_events_here(orders: list[Order], other_tenant: Tenant) -> None:
    asked = {"orderId": global_id("Order", orders[0].id)}

    assert sequences(data_of(EVENTS, asked, caller=caller_of(other_tenant))["orderEvents"]) == []


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"first": 101}, "first must be from 0 to 100; it is 101."),
        ({"after": "garbage"}, "The cursor does not belong to this event stream."),
        ({"orderId": "garbage"}, "This is not the id of an object."),
    ],
)
def test_impossible_page_is_refused(variables: dict[str, Any], message: str) -> None:
    assert refusal_of(EVENTS, variables) == ("BAD_USER_INPUT", message)


@pytest.mark.receivers
def test_another_tenants_cursor_is_refused_like_garbage(orders: list[Order], other_tenant: Tenant) -> None:
    cursor = cursors.encode(other_tenant.id, 1)

    assert refusal_of(EVENTS, {"after": cursor}) == refusal_of(EVENTS, {"after": "garbage"})


@pytest.mark.receivers
def test_cursor_before_the_retention_has_expired(tenant: Tenant, orders: list[Order]) -> None:
    Stream.objects.filter(tenant=tenant).update(floor=2)

    code, message = refusal_of(EVENTS, {"after": cursors.encode(tenant.id, 1)})

    assert (code, message.startswith("The cursor is older than the retention")) == ("CURSOR_EXPIRED", True)
    assert sequences(events(after=cursors.encode(tenant.id, 2))) == ["3", "4"]


@pytest.mark.receivers
def test_cursor_ahead_of_the_log_has_expired(tenant: Tenant, orders: list[Order]) -> None:
    code, message = refusal_of(EVENTS, {"after": cursors.encode(tenant.id, 5)})

    assert (code, message.startswith("The cursor is ahead of the log")) == ("CURSOR_EXPIRED", True)
    assert sequences(events(after=cursors.encode(tenant.id, 4))) == []


@pytest.mark.receivers
def test_event_without_a_sequence_is_not_listed(tenant: Tenant, django_capture_on_commit_callbacks: object) -> None:
    place_order()

    assert sequences(events()) == []
    dispatch_now(tenant.id)
    assert sequences(events()) == ["1"]


@pytest.mark.receivers
def test_order_has_its_history_in_pages(orders: list[Order], other_tenant: Tenant) -> None:
    query = """query ($id: ID!, $after: String, $auditAfter: String) { order(by: {id: $id}) {
      events(first: 2, after: $after) { nodes { type } pageInfo { hasNextPage endCursor } }
      auditRecords(first: 2, after: $auditAfter) { nodes { action } pageInfo { hasNextPage endCursor } } } }"""
    asked: dict[str, Any] = {"id": global_id("Order", orders[0].id)}

    one = data_of(query, asked)["order"]
    ends = {
        name: one[part]["pageInfo"]["endCursor"] for name, part in (("after", "events"), ("auditAfter", "auditRecords"))
    }
    two = data_of(query, asked | ends)["order"]

    assert [[node["type"] for node in part["events"]["nodes"]] for part in (one, two)] == [
        ["ORDER_CREATED", "ORDER_PAID"],
        ["ORDER_SHIPPED"],
    ]
    assert [[node["action"] for node in part["auditRecords"]["nodes"]] for part in (one, two)] == [
        ["ORDER_SHIPPED", "ORDER_PAID"],
        ["ORDER_CREATED"],
    ]
    assert [part[name]["pageInfo"]["hasNextPage"] for part in (one, two) for name in ("events", "auditRecords")] == [
        True,
        True,
        False,
        False,
    ]


@pytest.mark.receivers
def test_bad_cursors_of_an_orders_history_are_refused(orders: list[Order], other_tenant: Tenant) -> None:
    place = f'order(by: {{id: "{global_id("Order", orders[0].id)}"}})'
    theirs = data_of("{ auditRecords { pageInfo { endCursor } } }", caller=caller_of(other_tenant))["auditRecords"]

    for cursor in ("garbage", theirs["pageInfo"]["endCursor"], cursors.encode(other_tenant.id, 1)):
        for part in ("events", "auditRecords"):
            code, message = refusal_of(f'{{ {place} {{ {part}(after: "{cursor}") {{ nodes {{ id }} }} }} }}')
            assert (code, message.startswith("The cursor does not belong to this ")) == ("BAD_USER_INPUT", True)


@pytest.mark.receivers
@pytest.mark.parametrize("count", [2, 20])
def test_page_of_events_costs_the_same_statements_whatever_its_size(
    tenant: Tenant, count: int, django_capture_on_commit_callbacks: object
) -> None:
    for _ in range(count):
        place_order(status=Status.PAID)
    dispatch_now(tenant.id)
    query = """{ orderEvents(first: 100) { nodes { changedFields order { lines { sku total { amount } }
      events { nodes { order { auditRecords { nodes { action } } } } } } } } }"""

    with CaptureQueriesContext(connection) as statements:
        found = data_of(query)["orderEvents"]["nodes"]

    assert len(found) == count * 2
    assert len(found[0]["order"]["events"]["nodes"][1]["order"]["auditRecords"]["nodes"]) == 2
    tables = [re.findall(r'FROM "(\w+)"', statement["sql"])[0] for statement in statements]
    assert tables == ["events_event", "events_event", "audit_auditlog"]


def audit(**variables: Any) -> dict[str, Any]:
    """A page of the trail."""
    found: dict[str, Any] = data_of(AUDIT, variables)["auditRecords"]
    return found


@pytest.mark.receivers
def test_trail_is_the_tenants_newest_first(orders: list[Order], other_tenant: Tenant) -> None:
    found = audit()

    paid = Event.objects.get(type="order.paid")
    assert [node["position"] for node in found["nodes"]] == ["4", "3", "2", "1"]
    assert found["nodes"][2] == {
        "position": "2",
        "action": "ORDER_PAID",
        "objectId": global_id("Order", orders[0].id),
        "eventId": global_id("OrderEvent", paid.id),
        "actor": "system",
    }
    assert len(data_of(AUDIT, caller=caller_of(other_tenant))["auditRecords"]["nodes"]) == 1


@pytest.mark.receivers
def test_trail_goes_on_and_is_narrowed(orders: list[Order]) -> None:
    one = audit(first=3)
    order = global_id("Order", orders[0].id)

    assert [node["position"] for node in audit(after=one["pageInfo"]["endCursor"])["nodes"]] == ["1"]
    assert [node["position"] for node in audit(actions=["ORDER_CREATED"])["nodes"]] == ["4", "1"]
    assert [node["position"] for node in audit(objectId=order)["nodes"]] == ["3", "2", "1"]
    assert [node["position"] for node in audit(objectId=str(orders[1].id))["nodes"]] == ["4"]
    assert [node["position"] for node in audit(actions=["ORDER_CREATED", "ORDER_PAID"])["nodes"]] == ["4", "2", "1"]
    assert audit(actions=[])["nodes"] == audit(objectId="no\x00ne")["nodes"] == audit(objectId="unknown")["nodes"] == []


@pytest.mark.receivers
def test_an_extensions_action_is_another(orders: list[Order]) -> None:
    write_audit_log("STOCK_COUNTED", "shelf-7", {})

    found = data_of("{ auditRecords(first: 2) { nodes { action actionName objectId } } }")["auditRecords"]["nodes"]
    assert found[0] == {"action": "OTHER", "actionName": "STOCK_COUNTED", "objectId": "shelf-7"}
    assert (found[1]["action"], found[1]["actionName"]) == ("ORDER_CREATED", "ORDER_CREATED")
    assert [node["position"] for node in audit(actions=["OTHER"])["nodes"]] == ["5"]
    assert [node["position"] for node in audit(actions=["OTHER", "ORDER_PAID"])["nodes"]] == ["5", "2"]


def test_every_action_of_the_trail_is_in_the_schema() -> None:
    assert [one.name for one in AuditAction] == [*ACTIONS, OTHER_ACTION]


@pytest.mark.receivers
def test_trail_is_checked_in_its_tenant_alone(orders: list[Order], other_tenant: Tenant) -> None:
    query = "{ auditVerify { isIntact verified brokenAt } }"
    tamper("UPDATE audit_auditlog SET actor = 'unknown' WHERE id = %s", AuditLog.objects.get(position=3).pk)

    assert data_of(query)["auditVerify"] == {"isIntact": False, "verified": 2, "brokenAt": "3"}
    assert data_of(query, caller=caller_of(other_tenant))["auditVerify"] == {
        "isIntact": True,
        "verified": 1,
        "brokenAt": None,
    }


@pytest.mark.receivers
def test_trail_is_checked_part_by_part(orders: list[Order]) -> None:
    query = "query($after: String) { auditVerify(first: 3, after: $after) { isIntact verified verifiedTo isComplete } }"

    part = data_of(query)["auditVerify"]
    assert part == {"isIntact": True, "verified": 3, "verifiedTo": "3", "isComplete": False}
    rest = data_of(query, {"after": part["verifiedTo"]})["auditVerify"]
    assert rest == {"isIntact": True, "verified": 1, "verifiedTo": "4", "isComplete": True}


@pytest.mark.receivers
def test_check_reports_what_it_cannot_know(orders: list[Order]) -> None:
    query = "{ auditVerify { isIntact verified verifiedTo checkpoint isCheckpointKnown } }"
    whole = {"isIntact": True, "verified": 4, "verifiedTo": "4", "checkpoint": "0", "isCheckpointKnown": True}
    assert data_of(query)["auditVerify"] == whole
    with as_tamperer():
        remove_to(3)
    rest = {"isIntact": True, "verified": 1, "verifiedTo": "4", "checkpoint": "3", "isCheckpointKnown": False}
    assert data_of(query)["auditVerify"] == rest


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("first: 0", "first must be from 1 to 10000; it is 0."),
        ("first: 10001", "first must be from 1 to 10000; it is 10001."),
        ('after: "-1"', "after must be a position, a whole number in digits."),
        ('after: "99999999999999999999"', "after must be a position, a whole number in digits."),
    ],
)
def test_impossible_check_is_refused(db: None, arguments: str, message: str) -> None:
    assert refusal_of(f"{{ auditVerify({arguments}) {{ isIntact }} }}") == ("BAD_USER_INPUT", message)
