"""The price list: the cost of a field without the fields below it, and how many items a list may have.

A field without its own rule has the price of its kind: an object is a point, a mutation ten, a connection a point and
the price of an item times the size of the page. A value, and an object that comes with another, is free.
"""

from typing import Any

from graphql_server.ports.costs import Arguments, Rule
from orders.search.filters import MAX_VALUES
from orders.states import Status
from orders.stats.tally import MOST_INTERVALS, StatsWindow
from orders.validation import MAX_LINES
from orders.writing.batches import MAX_ORDERS
from tenants.pagination.keyset import DEFAULT_SIZE, MAX_SIZE

MOST_VERIFIED = 10_000
WORD, RELATED, SORT, EXAMINATION, MOST_OF_A_FILTER = 25, 10, 5, 500, 2_000


def between(value: object, least: int, most: int, otherwise: int) -> int:
    """A whole number within bounds; a value outside them is refused by the field itself."""
    if not isinstance(value, int) or isinstance(value, bool):
        return otherwise
    return max(least, min(value, most))


def page_size(given: Arguments) -> int:
    """The most items of the page that is requested."""
    asked = given.get("first") if given.get("first") is not None else given.get("last")
    return between(asked, 0, MAX_SIZE, DEFAULT_SIZE)


def entries(value: object, most: int) -> list[Any]:
    """A list's entries; a single value counts as a list of it, as in GraphQL."""
    if value is None:
        return []
    return value[:most] if isinstance(value, list) else [value]


def inside(value: object, name: str) -> object:
    """A field of an input object."""
    return value.get(name) if isinstance(value, dict) else None


def lines_of(order: object) -> int:
    """The number of lines of the order that is to be created."""
    return len(entries(inside(order, "lines"), MAX_LINES))


def orders_of(given: Arguments) -> list[Any]:
    """The orders of a batch to be."""
    return entries(inside(given.get("input"), "orders"), MAX_ORDERS)


def batch_points(given: Arguments) -> int:
    """Ten for each order and one for each line."""
    return sum(10 + lines_of(order) for order in orders_of(given))


def batch_size(given: Arguments) -> int:
    """The number of orders in a batch."""
    return len(orders_of(given))


def filter_points(where: object) -> int:
    """The cost of a filter: one for each condition and for ten values of a list, :data:`WORD` for each word, and
    :data:`RELATED` for each condition on lines or tags.

    A value of any form is priced; a malformed or too large filter is refused by the field.
    """
    points, left = 0, [("", where)]
    while left and points < MOST_OF_A_FILTER:
        name, value = left.pop()
        if isinstance(value, dict):
            left += value.items()
            points += RELATED if name in {"lines", "tags"} else 0
        elif isinstance(value, list):
            points += len(value) // 10
            left += [(name, one) for one in value[:MAX_VALUES] if isinstance(one, dict | list)]
        elif isinstance(value, str) and name == "text":
            points += WORD * len(value.split())
        if name and value is not None:
            points += 1
    return min(points, MOST_OF_A_FILTER)


def list_points(given: Arguments) -> int:
    """The cost of finding the orders of a list: its filter, and a sort other than the default."""
    fields = [inside(given.get(name), "field") for name in ("sortBy", "orderBy")]
    is_default = all(field is None or field == "CREATED_AT" for field in fields)
    return filter_points(given.get("where")) + (0 if is_default else SORT)


def log_points(given: Arguments) -> int:
    """The cost of finding events by a filter, which is tried with many of them."""
    points = filter_points(given.get("where"))
    return points + EXAMINATION if points else 0


def stats_points(given: Arguments) -> int:
    """The cost of statistics beyond a window's: the filter, and the intervals of a period."""
    return filter_points(given.get("where")) + (0 if given.get("from") is None else MOST_INTERVALS)


def watch_points(given: Arguments) -> int:
    """The cost of a subscription's filter, which is checked for every event."""
    return 10 * filter_points(given.get("where"))


MUTATION = Rule(base=10)
CONNECTION = Rule(base=1, size=page_size, arguments=("first", "last"))
COUNT = Rule(base=50)
OTHER = Rule()
RULES: dict[tuple[str, str], Rule] = {
    ("Query", "__schema"): Rule(base=1_000),
    ("Query", "__type"): Rule(base=50),
    ("Query", "nodes"): Rule(size=lambda given: len(entries(given.get("ids"), MAX_SIZE)), arguments=("ids",)),
    ("Query", "receivers"): Rule(base=20, size=5),
    ("Query", "labEffects"): Rule(base=200, size=5),
    ("Lab", "receivers"): Rule(size=5),
    ("Lab", "plugs"): Rule(size=2),
    ("Query", "auditVerify"): Rule(
        points=lambda given: between(given.get("first"), 0, MOST_VERIFIED, MOST_VERIFIED) // 2, arguments=("first",)
    ),
    ("Query", "orders"): Rule(
        base=1, points=list_points, size=page_size, arguments=("first", "last", "where", "sortBy", "orderBy")
    ),
    ("Query", "orderEvents"): Rule(base=1, points=log_points, size=page_size, arguments=("first", "last", "where")),
    ("Query", "orderStats"): Rule(base=200, points=stats_points, arguments=("where", "from")),
    ("Subscription", "orderStats"): Rule(base=200, points=watch_points, arguments=("where",)),
    **{
        ("Subscription", name): Rule(points=watch_points, arguments=("where",))
        for name in ("orderCreated", "orderChanged", "orderEvents")
    },
    ("OrderEvent", "changes"): Rule(size=4),
    ("OrderStats", "intervals"): Rule(size=max(window.intervals for window in StatsWindow)),
    ("OrderStats", "byStatus"): Rule(size=len(Status)),
    ("Order", "lines"): Rule(size=2),
    ("Order", "refunds"): Rule(size=1),
    ("Mutation", "createOrder"): Rule(base=10, points=lambda given: lines_of(given.get("input")), arguments=("input",)),
    **{
        ("Mutation", name): Rule(base=10, points=batch_points, size=batch_size, arguments=("input",))
        for name in ("createOrders", "payOrders", "shipOrders")
    },
    ("Mutation", "replayEvents"): Rule(base=1_000),
    ("Mutation", "resendWebhooks"): Rule(base=1_000),
    ("Mutation", "testWebhookEndpoint"): Rule(base=1_000),
    ("Query", "articles"): Rule(base=50),
    ("Query", "webhookEndpoints"): Rule(base=20, size=5),
    ("Query", "invitations"): Rule(base=20, size=5),
    ("Viewer", "tenants"): Rule(size=2),
}
"""Prices of single fields, by type and name."""
PAGES = {(f"{name}OrdersPayload", "orders") for name in ("Create", "Pay", "Ship")}
"""Lists, beside those of connections, that are as long as their parent's arguments say."""


class PriceList:
    """The prices (:class:`graphql_server.ports.costs.Prices`) of this schema."""

    def is_item(self, parent: str, name: str) -> bool:
        """Whether a field lists the items of its page: its selection counts once for each item."""
        return (parent.endswith("Connection") and name in {"edges", "nodes"}) or (parent, name) in PAGES

    def is_free(self, name: str) -> bool:
        """Whether objects of this type come with another object and have no price of their own."""
        return name.endswith(("Connection", "Edge", "Payload", "UserError")) or name in {"Money", "PageInfo"}

    def rule_for(self, parent: str, name: str, of: str) -> Rule:
        """The rule of the field ``name`` of the type ``parent``; ``of`` is the field's own type."""
        if rule := RULES.get((parent, name)):
            return rule
        if parent == "Mutation" and not name.startswith("__"):
            return MUTATION
        if parent.endswith("Connection") and name in {"totalCount", "totalCountIsExact"}:
            return COUNT
        return CONNECTION if of.endswith("Connection") else OTHER
