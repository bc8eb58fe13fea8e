"""Runs each query of the API over the orders that are there: ``python -m benchmarks.load.queries ROUNDS``.

Prints for each query and round the milliseconds that its statements took, and the whole query in this process.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import django
import orjson

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.db import connection  # noqa: E402

from events import cursors  # noqa: E402
from events.models import Event  # noqa: E402
from graphql_api.ids import global_id  # noqa: E402
from graphql_api.queries import ORDERS_SORTED  # noqa: E402
from graphql_api.tests.client import data_of  # noqa: E402
from graphql_api.types.enums import OrderDirection, OrderSortField  # noqa: E402
from orders.models import Order  # noqa: E402
from orders.search.articles import articles_like  # noqa: E402
from tenants.auth.authentication import demo_caller  # noqa: E402
from tenants.context import acting_as, current_tenant_id  # noqa: E402

ORDERS = """
query($after: String, $where: OrderWhere, $by: OrderSort) {
  orders(first: 50, after: $after, where: $where, sortBy: $by) {
    nodes { number status total { amount } lines { sku quantity } } pageInfo { endCursor }
  }
}"""
COUNT = "query($where: OrderWhere) { orders(first: 1, where: $where) { totalCount totalCountIsExact } }"
EVENTS = """
query($after: String, $types: [OrderEventType!], $id: ID, $where: OrderWhere) {
  orderEvents(first: 50, after: $after, types: $types, orderId: $id, where: $where) {
    nodes { type cursor order { number } }
  }
}"""
AUDIT = """
query($after: String, $actions: [AuditAction!], $object: String) {
  auditRecords(first: 50, after: $after, actions: $actions, objectId: $object) {
    nodes { action } pageInfo { endCursor }
  }
}"""
DELIVERIES = """
query($statuses: [DeliveryStatus!], $receiver: String, $id: ID) {
  deliveries(first: 50, statuses: $statuses, receiver: $receiver, orderId: $id) { nodes { status event { type } } }
}"""
STATS = """
query($window: StatsWindow, $from: DateTime, $where: OrderWhere) {
  orderStats(window: $window, from: $from, where: $where) { orders revenue { amount } }
}
"""
ORDER = """
query($by: OrderIdentifier!) {
  order(by: $by) {
    number lines { sku } events(first: 20) { nodes { type } } deliveries(first: 20) { nodes { status } }
    auditRecords(first: 20) { nodes { action } }
  }
}"""
NODES = "query($ids: [ID!]!) { nodes(ids: $ids) { id ... on Order { number lines { sku } } } }"
ARTICLES = "query($text: String!) { articles(text: $text) { skus names } }"
RECEIVERS = "{ receivers { name pending retrying dead lagSeconds ratePerMinute finishedLastMinute } }"
Variables = dict[str, Any]


class Found:
    """Orders and places in the middle of the tenant's data, to ask about."""

    def __init__(self) -> None:
        self.tenant_id = current_tenant_id()
        self.newest = Order.objects.order_by("-created_at", "-id")[0]
        self.middle = Order.objects.filter(id__gte=self.id_in_time(182)).order_by("created_at", "id")[0]
        self.with_reference = Order.objects.exclude(external_reference=None).order_by("-created_at", "-id")[0]
        self.name = self.middle.customer_name.split()[-1]
        self.total = Order.objects.order_by("total_cents", "id")[Order.objects.count() // 2]
        self.head: int = Event.objects.order_by("-sequence")[0].sequence or 0
        self.floor: int = Event.objects.filter(sequence__isnull=False).order_by("sequence")[0].sequence or 0

    def id_in_time(self, days: int) -> UUID:
        """The least id of an order this number of days before the newest one."""
        moment = self.newest.created_at - timedelta(days=days)
        return UUID(int=int(moment.timestamp() * 1000) << 80)

    def search(self, text: str) -> Variables:
        """What the board asks for: a text, also in the SKUs and the names of lines."""
        articles = articles_like(text)
        lines = [{"lines": {"sku": one_of(*articles.skus)}}, {"lines": {"name": one_of(*articles.names)}}]
        return where(OR=[{"text": text}, *lines])

    def page_after(
        self, field: OrderSortField, order: Order, direction: OrderDirection = OrderDirection.DESC
    ) -> Variables:
        """The page after this order."""
        keyset = ORDERS_SORTED[field, direction]
        return {"by": {"field": field.name, "direction": direction.name}, "after": keyset.cursor(self.tenant_id, order)}


Query = tuple[str, str, Variables]
"""Name, document and variables."""


def where(**conditions: Any) -> Variables:
    """Variables with this filter."""
    return {"where": conditions}


def one_of(*values: str) -> dict[str, Any]:
    """A filter by these values."""
    return {"in": [*values]}


def pages(found: Found) -> Iterator[Query]:
    """Pages of all orders."""
    field = OrderSortField
    yield "newest", ORDERS, {}
    yield "after half of them", ORDERS, found.page_after(field.CREATED_AT, found.middle)
    yield "by UPDATED_AT, after half", ORDERS, found.page_after(field.UPDATED_AT, found.middle)
    yield "by TOTAL", ORDERS, {"by": {"field": "TOTAL"}}
    yield "by TOTAL, after half", ORDERS, found.page_after(field.TOTAL, found.total)
    yield "by TOTAL, ascending, after half", ORDERS, found.page_after(field.TOTAL, found.total, OrderDirection.ASC)
    ids = [global_id("Order", one.pk) for one in Order.objects.order_by("-id")[:100]]
    yield "order by number, and all about it", ORDER, {"by": {"number": found.middle.number}}
    yield "nodes, 100 orders", NODES, {"ids": ids}


def filtered(found: Found) -> Iterator[Query]:
    """Pages of orders that match a filter."""
    order, by_total = found.middle, {"by": {"field": "TOTAL"}}
    [line, *_] = found.newest.lines.all()
    day = {"gte": (order.created_at - timedelta(days=1)).isoformat(), "lt": order.created_at.isoformat()}
    yield "status", ORDERS, where(status=one_of("PAID"))
    yield "processingStatus", ORDERS, where(processingStatus=one_of("FAILED"))
    yield "currency", ORDERS, where(currency=one_of("EUR"))
    yield "currency, of no order", ORDERS, where(currency=one_of("XXX"))
    yield "customerEmail", ORDERS, where(customerEmail=one_of(order.customer_email))
    yield "externalReference", ORDERS, where(externalReference=one_of(found.with_reference.external_reference or ""))
    yield "total, few orders", ORDERS, where(total={"gte": "900.00", "lt": "900.50"})
    yield "total, many orders", ORDERS, where(total={"gte": "10.00"})
    yield "createdAt, a day", ORDERS, where(createdAt=day)
    yield "createdAt, a day, by TOTAL", ORDERS, {**where(createdAt=day), **by_total}
    yield "updatedAt, a day", ORDERS, where(updatedAt=day)
    yield "lines, a SKU", ORDERS, where(lines={"sku": one_of(line.sku)})
    yield "lines, a SKU of no order", ORDERS, where(lines={"sku": one_of("NO-SUCH")})
    yield "tags, of no order", ORDERS, where(tags={"hasAny": ["no-such"]})
    yield "text, one order", ORDERS, where(text=order.number)
    yield "text, a customer's name", ORDERS, where(text=found.name)
    yield "text, no order", ORDERS, where(text="qzxqzx")
    yield "articles, frequent", ARTICLES, {"text": "tea"}
    yield "text, two letters of no order", ORDERS, where(text="q~")
    yield "text or articles, frequent", ORDERS, found.search("tea")
    yield "text or articles, frequent, by TOTAL", ORDERS, {**found.search("tea"), **by_total}
    yield "text or articles, no order", ORDERS, where(OR=[{"text": "qzxqzx"}, {"lines": {"sku": one_of("NO-SUCH")}}])
    yield "two letters or articles, no order", ORDERS, where(OR=[{"text": "q~"}, {"lines": {"sku": one_of("NO-SUCH")}}])
    yield "text within OR, no order", ORDERS, where(OR=[{"text": "qzxqzx"}, {"text": "zxqzxq"}])


def counted(found: Found) -> Iterator[Query]:
    """Counts and statistics."""
    yield "totalCount", COUNT, {}
    yield "totalCount, status", COUNT, where(status=one_of("DELIVERED"))
    yield "totalCount, text, one order", COUNT, where(text=found.middle.number)
    yield "totalCount, text, a customer's name", COUNT, where(text=found.name)
    yield "totalCount, text or articles, frequent", COUNT, found.search("tea")
    for window in ("HOUR", "DAY", "WEEK"):
        yield f"orderStats, {window}", STATS, {"window": window}
    for days in (30, 365):
        yield f"orderStats, {days} days", STATS, {"from": (found.newest.created_at - timedelta(days=days)).isoformat()}
    year = {"from": (found.newest.created_at - timedelta(days=365)).isoformat()}
    yield "orderStats, 365 days, customerEmail", STATS, year | where(customerEmail=one_of(found.middle.customer_email))
    yield "orderStats, 365 days, a SKU", STATS, year | where(lines={"sku": one_of("TEA-ASM-250")})
    yield "orderStats, 365 days, text or articles, frequent", STATS, year | found.search("tea")


def happened(found: Found) -> Iterator[Query]:
    """Events, audit records and deliveries."""
    newest, middle = found.head - 60, (found.head + found.floor) // 2
    about = {"id": global_id("Order", found.newest.pk)}
    yield "orderEvents, newest", EVENTS, {"after": cursors.encode(found.tenant_id, newest)}
    yield "orderEvents, from the middle", EVENTS, {"after": cursors.encode(found.tenant_id, middle)}
    yield "orderEvents of a type", EVENTS, {"types": ["ORDER_CANCELLED"]}
    yield "orderEvents of an order", EVENTS, about
    yield "orderEvents, customerEmail", EVENTS, where(customerEmail=one_of(found.newest.customer_email))
    yield "auditRecords, newest", AUDIT, {}
    yield "auditRecords of an action", AUDIT, {"actions": ["ORDER_CANCELLED"]}
    yield "auditRecords of an order", AUDIT, {"object": str(found.middle.pk)}
    yield "auditVerify, 1,000 records", "{ auditVerify(first: 1000) { isIntact } }", {}
    yield "deliveries, newest", DELIVERIES, {}
    yield "deliveries that are DEAD", DELIVERIES, {"statuses": ["DEAD"]}
    yield "deliveries to a receiver", DELIVERIES, {"receiver": "audit"}
    yield "deliveries about an order", DELIVERIES, about
    yield "receivers", RECEIVERS, {}


QUERIES: dict[str, Callable[[Found], Iterator[Query]]] = {
    "Pages": pages,
    "Filters": filtered,
    "Counts and statistics": counted,
    "What happened": happened,
}


@contextmanager
def timed(taken: list[float]) -> Iterator[None]:
    """Add the seconds of each statement."""

    def note(execute: Callable[..., Any], *arguments: Any) -> Any:
        began = time.perf_counter()
        try:
            return execute(*arguments)
        finally:
            taken.append(time.perf_counter() - began)

    with connection.execute_wrapper(note):
        yield


def taken_by(document: str, variables: Variables) -> dict[str, float]:
    """What the statements of a query took, the whole query, and how many statements there were."""
    taken: list[float] = []
    began = time.perf_counter()
    with timed(taken):
        data_of(document, variables)
    whole = time.perf_counter() - began
    return {"statements": 1000 * sum(taken), "query": 1000 * whole, "number": float(len(taken))}


def measure(rounds: int) -> list[tuple[str, str, dict[str, float]]]:
    """Kind, name and numbers of each query in each round; the first time, which reads from the disk, does not count."""
    with acting_as(demo_caller()):
        found = Found()
        asked = [(kind, *query) for kind, some in QUERIES.items() for query in some(found)]
    runs = [
        (kind, name, taken_by(document, variables))
        for _ in range(1 + rounds)
        for kind, name, document, variables in asked
    ]
    return runs[len(asked) :]


if __name__ == "__main__":
    print(orjson.dumps(measure(int(sys.argv[1]))).decode())
