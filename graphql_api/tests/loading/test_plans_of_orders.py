"""The real schema with plans: frequent operations use a plan, and random documents have equal answers."""

from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from typing import Any
from unittest import mock

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from graphql import execute_subscription_event

from benchmarks.peers.operations import OURS
from events import cursors
from events.models import Delivery, Event
from graphql_api.access.context import Context
from graphql_api.ids import global_id
from graphql_api.schema import schema
from graphql_api.tests.client import ask, executor
from graphql_server.execution.executor import Operation
from graphql_server.execution.responses import response
from graphql_server.plans.document_plans import Plans
from graphql_server.tests.plans.random_documents import Author
from orders.states import Status
from tenants.auth.authentication import demo_caller
from tenants.models import Tenant
from tenants.ratelimit import throttling
from tests.factories import line, place_order
from tests.form import examples

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
WIDE = """
  query Wide($first: Int!, $where: OrderWhere, $withLines: Boolean!) {
    orders(first: $first, where: $where) {
      edges { cursor node { ...Shown lines @include(if: $withLines) { id sku quantity total { amount } } } }
      pageInfo { hasNextPage endCursor } totalCount eventCursor
    }
    viewer { actor tenant { name } }
  }
  fragment Shown on Order { __typename id number status processingStatus createdAt paidAt total { amount currency } }
"""
EVENT = """
  id type sequence cursor actor occurredAt changedFields processingStep risks
  order {
    id number externalReference customerEmail customerName currency total { amount currency } status processingStatus
    availableTransitions version metadata createdAt updatedAt paidAt shippedAt deliveredAt cancelledAt
    lines { id sku name quantity unitPrice { amount currency } total { amount currency } }
  }
"""
PAY = "mutation ($input: PayOrderInput!) { payOrder(input: $input) { order { id status } userErrors { code field } } }"
NODE = "query ($id: ID!) { node(id: $id) { __typename id ... on Order { number } ... on OrderEvent { type } } }"


LIFE = """
  query Life($by: OrderIdentifier!) {
    order(by: $by) {
      customerName customerEmail lines { id name }
      events(last: 2) { totalCount nodes { processingStep risks } }
      auditRecords(first: 2) { totalCount totalCountIsExact edges { cursor node { action actionName requestId } } }
      deliveries(first: 2) { nodes { receiver status } pageInfo { startCursor } }
    }
  }
"""
LISTS = """
  query Lists($sort: OrderSort, $where: OrderWhere, $statuses: [DeliveryStatus!], $actions: [AuditAction!]) {
    orders(sortBy: $sort, last: 10) { totalCount totalCountIsExact nodes { customerName lines { name } } }
    orderEvents(where: $where, first: 10) { totalCount nodes { processingStep risks changes { field before after } } }
    deliveries(statuses: $statuses) { totalCount nodes { id } }
    auditRecords(actions: $actions) { totalCount nodes { action } }
  }
"""
LISTED = {
    "sort": {"field": "TOTAL"},
    "where": {"status": {"eq": "NEW"}},
    "statuses": ["SUCCEEDED", "DEAD"],
    "actions": ["ORDER_CREATED", "OTHER"],
}
SWITCH = """mutation ($input: SetReceiverEnabledInput!) {
  setReceiverEnabled(input: $input) { receiver { enabled } userErrors { code field message } } }"""


@contextmanager
def without_plans() -> Iterator[None]:
    """graphql-core executes everything."""
    with mock.patch.object(Plans, "of", return_value=None):
        yield


@contextmanager
def watched() -> Iterator[list[bool]]:
    """For each operation whether it used a plan, no value was left to graphql-core, and no list was unusual."""
    taken: list[bool] = []
    runs: list[Any] = []
    of = Plans.of

    def watching(self: Plans, run: Any) -> Any:
        select = of(self, run)
        taken.append(select is not None)
        runs.append(run)
        for name in ("execute_field", "complete_value"):
            setattr(run, name, mock.Mock(side_effect=AssertionError(f"{name}: left to graphql-core")))
        return select

    with mock.patch.object(Plans, "of", watching):
        yield taken
    assert all(run.lists_are_usual for run in runs)


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        (OURS.list_orders, None),
        (OURS.create_order, OURS.order(1)),
        (WIDE, {"first": 50, "where": {"status": {"eq": "NEW"}}, "withLines": True}),
        (NODE, "order"),
        (PAY, "input"),
        (LIFE, "by"),
        (LISTS, LISTED),
        (SWITCH, {"input": {"receiver": "audit", "enabled": True}}),
    ],
    ids=["list", "create", "wide", "node", "pay", "life", "lists", "switch"],
)
def test_frequent_operations_use_a_plan(query: str, variables: Any) -> None:
    place_order(total="5.00")
    order = place_order(lines=[line(), line(sku="POT-7")])
    order_id = global_id("Order", order.id)
    named: dict[str, Any] = {
        "order": {"id": order_id},
        "input": {"input": {"id": order_id}},
        "by": {"by": {"number": order.number}},
    }
    given = named.get(str(variables), variables)

    with watched() as taken:
        answer = ask(query, given)

    assert taken == [True]
    assert "errors" not in answer


def answers(text: str, events: list[Event]) -> list[dict[str, Any]]:
    """The payloads of a subscription for these events."""
    document = executor().documents.read(text)
    context = Context(caller=demo_caller(), request_id="r-1", transport="ws")
    prepared = executor().runner.prepared(document, Operation(text), context)
    results: list[Any] = [execute_subscription_event(prepared.build_per_event_executor(event)) for event in events]
    return [response(result, context) for result in results]


def live_events() -> list[Event]:
    """All events as a feed gets them: the contents of their messages, and no more."""
    found = Event.objects.filter(sequence__isnull=False).order_by("sequence")
    return [Event.from_wire(event.tenant_id, event.to_wire()) for event in found]


@pytest.mark.receivers
@pytest.mark.parametrize("topic", ["orderCreated", "orderChanged", "orderEvents"])
def test_live_events_use_a_plan_and_no_statement(topic: str, values: Any, django_assert_num_queries: Any) -> None:
    text = f"subscription {{ {topic} {{ __typename {EVENT} }} }}"
    events = live_events()
    assert {event.type for event in events} >= {"order.created", "order.paid", "order.processing"}

    with django_assert_num_queries(0), watched() as taken:
        expected = answers(text, events)

    assert taken == [True] * len(events)
    with without_plans():
        assert answers(text, events) == expected
    assert "errors" not in str(expected)


@pytest.mark.receivers
def test_random_subscriptions_have_equal_answers(values: dict[str, list[Any]]) -> None:
    core = schema._schema
    events, planned = live_events(), 0
    for seed in range(100):
        author = Author(core, Random(seed), values)
        text = f"subscription {{ orderEvents {author.selection(core.type_map['OrderEvent'], 4)} }}"
        text = "\n".join([text, *author.definitions])
        if author.declared or (document := executor().documents.read(text)).errors:
            continue
        expected = answers(text, events)
        with without_plans():
            assert answers(text, events) == expected, text
        planned += None not in document.plans._compiled.values() if document.plans else 0
    assert planned > 20


def test_condition_has_a_plan_for_each_outcome() -> None:
    place_order()
    for with_lines in (True, False, True):
        variables = {"first": 1, "withLines": with_lines}
        answer = ask(WIDE, variables)
        assert ("lines" in answer["data"]["orders"]["edges"][0]["node"]) is with_lines
    plans = executor().documents.read(WIDE).plans
    assert plans is not None
    assert sorted(plans._compiled) == [("Wide", False), ("Wide", True)]


@pytest.fixture
def values(tenant: Tenant, settle: Any) -> dict[str, list[Any]]:
    """Arguments that find objects, and some that are refused."""
    orders = [place_order(lines=[line(), line(sku="POT-7", unit_price="0")], external_reference=None)]
    orders += [place_order(total="10", currency="JPY", metadata={"a": [1, None]}, external_reference="mine")]
    orders += [place_order(status=status) for status in (Status.PAID, Status.CANCELLED)]
    settle()
    ids = [global_id("Order", order.id) for order in orders]
    ids += [
        global_id("OrderEvent", Event.objects.latest("sequence").id),
        global_id("AuditRecord", 1),
        "bad",
        "T3JkZXI6",
    ]
    ids += [global_id("Delivery", Delivery.objects.all()[:1].get().id), global_id("Order", tenant.id)]
    page = ask("{ orders(first: 1) { pageInfo { endCursor } } auditRecords(first: 1) { edges { cursor } } }")["data"]
    after = [page["orders"]["pageInfo"]["endCursor"], page["auditRecords"]["edges"][0]["cursor"]]
    after += [cursors.encode(tenant.id, 1), "bad", None]
    wheres = [{}, {"status": {"eq": "NEW"}}, {"total": {"gte": "10", "lt": "30"}}, {"OR": [{"text": "ada"}]}]
    return {
        "first": [1, 2, 3, 50, 0, 101, None],
        "last": [1, None, None],
        "after": after,
        "before": after,
        "id": ids,
        "ids": [ids, ids[:2], []],
        "orderId": ids,
        "objectId": ids,
        "number": [orders[0].number, "nope"],
        "externalReference": ["mine", "\x00"],
        "where": [*wheres, {"id": {"eq": "bad"}}],
        "orderBy": [{"field": "TOTAL"}, None, None],
        "sortBy": [{"field": "TOTAL"}, {"field": "CREATED_AT", "direction": "ASC"}, None],
        "types": [["ORDER_CREATED"], ["ORDER_PAID", "ORDER_CANCELLED"], [], None],
        "action": ["ORDER_PAID", "x", None],
        "actions": [["ORDER_PAID"], ["OTHER"], None],
        "by": [{"id": ids[0]}, {"number": orders[0].number}, {"externalReference": "mine"}],
        "status": [None, None, "DEAD"],
        "statuses": [["SUCCEEDED"], ["DEAD", "SUCCEEDED"], None],
        "receiver": ["audit", "x", None],
        "deprecatedOnly": [True, False],
        "coordinate": ["Query.orders", None],
        "client": ["app", None],
        "text": ["pot", "nothing", None],
    }


def of_orders(statements: CaptureQueriesContext) -> int:
    """How many of them read orders or lines."""
    return sum('FROM "orders_' in statement["sql"] for statement in statements)


@pytest.mark.receivers
def test_random_queries_have_equal_answers(values: dict[str, list[Any]], settings: LazySettings) -> None:
    # Otherwise the answers would show the points that are left, which always differ.
    settings.THROTTLE = {"caller": 0, "tenant": 0}
    throttling.forget()
    core = schema._schema
    assert core.query_type
    failed = left = 0
    count = examples(150)
    for seed in range(count):
        author = Author(core, Random(seed), values)
        text = author.operation("query", core.query_type, depth=6, fields=2)
        with CaptureQueriesContext(connection) as statements:
            by_plan = ask(text, author.variables)
        with without_plans(), CaptureQueriesContext(connection) as without:
            assert ask(text, author.variables) == by_plan, text
        assert of_orders(statements) == of_orders(without), text  # No column was forgotten and read row by row.
        failed += "errors" in by_plan
        document = executor().documents.read(text)
        left += document.plans is not None and None in document.plans._compiled.values()
    assert left == 0
    assert count / 5 < failed < count * 4 / 5
