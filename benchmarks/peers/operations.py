"""The operations sent to the contestants: the same orders and fields, in each contestant's schema."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

LINES = (
    {"sku": "TEA-1", "name": "Assam, 250 g", "quantity": 2, "unitPrice": "12.50"},
    {"sku": "POT-7", "name": "Teapot, blue", "quantity": 1, "unitPrice": "38.90"},
)
CUSTOMERS = 1000
"""The number of customers, whose orders come in turn: order 1,003 is customer 3's."""

NOTHING = "{ __typename }"


@dataclass(frozen=True, slots=True)
class Ask:
    """A subscription to the orders of one customer, or to all."""

    query: str
    variables: dict[str, Any] = field(default_factory=dict)
    customer: int | None = None
    of: int = CUSTOMERS

    def expected(self, sent: range) -> range:
        """Those of the sent orders that a subscriber receives."""
        if self.customer is None:
            return sent
        return range(sent.start + (self.customer - sent.start) % self.of, sent.stop, self.of)


@dataclass(frozen=True, slots=True)
class Operations:
    """The documents of one schema.

    ``takes_keys`` says whether a call can be made safe to repeat. ``subscription`` has places for declared variables,
    arguments and the fields of an order; ``by_total`` and ``by_customer`` make variables for ``filter_variable``.
    """

    create_order: str
    create_orders: str
    list_orders: str
    event_fields: tuple[str, ...]
    filter_variable: str
    filter_argument: str
    subscription: str
    by_total: Callable[[str], dict[str, Any]]
    by_customer: Callable[[str], dict[str, Any]]
    takes_keys: bool = False

    def order(self, number: int) -> dict[str, Any]:
        """The variables of ``create_order`` for an order whose events can be recognised by its number."""
        name = f"bench-{number}"
        return {"input": self.new(number) | ({"idempotencyKey": name} if self.takes_keys else {})}

    def batch(self, numbers: Sequence[int], of: int = CUSTOMERS) -> dict[str, Any]:
        """The variables of ``create_orders``."""
        orders = [self.new(number, of) for number in numbers]
        if not self.takes_keys:
            return {"orders": orders}
        return {"input": {"orders": orders, "idempotencyKey": f"batch-{numbers[0]}"}}

    def new(self, number: int, of: int = CUSTOMERS) -> dict[str, Any]:
        """One order of two lines."""
        return {
            "externalReference": f"bench-{number}",
            "customerEmail": customer_email(number, of),
            "currency": "EUR",
            "lines": LINES,
        }

    def order_created(self) -> list[Ask]:
        """The subscription of every dashboard."""
        return [Ask(self.subscription % ("", "", " ".join(self.event_fields)))]

    def distinct_selections(self, count: int) -> list[Ask]:
        """This number of documents: each has other fields, or another alias."""
        always, *optional = self.event_fields

        def fields(index: int) -> str:
            chosen = [name for bit, name in enumerate(optional) if index >> bit & 1]
            return " ".join([always, f"tag{index}: status", *chosen])

        return [Ask(self.subscription % ("", "", fields(index))) for index in range(count)]

    def distinct_filters(self, count: int) -> list[Ask]:
        """One document with this number of filters, all of which match every order."""
        query = self.filtered()
        return [Ask(query, self.by_total(f"{index / 100:.2f}")) for index in range(count)]

    def customers(self, count: int, of: int = CUSTOMERS) -> list[Ask]:
        """One document with this number of filters, each of which matches another customer's orders."""
        query = self.filtered()
        return [Ask(query, self.by_customer(customer_email(index, of)), index, of) for index in range(count)]

    def filtered(self) -> str:
        """The document with a filter."""
        return self.subscription % (self.filter_variable, self.filter_argument, " ".join(self.event_fields))


def customer_email(number: int, of: int = CUSTOMERS) -> str:
    """The customer of this order."""
    return f"customer-{number % of}@example.com"


OURS = Operations(
    create_order="""
        mutation CreateOrder($input: CreateOrderInput!) {
          createOrder(input: $input) {
            order { id externalReference status total { amount currency } lines { sku quantity unitPrice { amount } } }
            userErrors { code field message }
          }
        }""",
    create_orders="""
        mutation CreateOrders($input: CreateOrdersInput!) {
          createOrders(input: $input) {
            orders { id externalReference } userErrors { code field message }
          }
        }""",
    list_orders="""
        query {
          orders(first: 50) {
            nodes {
              id externalReference customerEmail status total { amount currency }
              lines { sku name quantity unitPrice { amount } }
            }
          }
        }""",
    event_fields=("externalReference", "id", "customerEmail", "status", "total { amount currency }"),
    filter_variable="($where: OrderWhere)",
    filter_argument="(where: $where)",
    subscription="subscription %s { orderCreated%s { order { %s } } }",
    by_total=lambda total: {"where": {"total": {"gte": total}}},
    by_customer=lambda email: {"where": {"customerEmail": {"eq": email}}},
    takes_keys=True,
)

STOCK = Operations(
    create_order="""
        mutation CreateOrder($input: CreateOrderInput!) {
          createOrder(input: $input) {
            id externalReference status total currency lines { sku quantity unitPrice }
          }
        }""",
    create_orders="""
        mutation CreateOrders($orders: [CreateOrderInput!]!) {
          createOrders(orders: $orders) { id externalReference }
        }""",
    list_orders="""
        query {
          orders(first: 50) {
            id externalReference customerEmail status total currency
            lines { sku name quantity unitPrice }
          }
        }""",
    event_fields=("externalReference", "id", "customerEmail", "status", "total", "currency"),
    filter_variable="($totalFrom: String, $customerEmail: String)",
    filter_argument="(totalFrom: $totalFrom, customerEmail: $customerEmail)",
    subscription="subscription %s { orderCreated%s { %s } }",
    by_total=lambda total: {"totalFrom": total},
    by_customer=lambda email: {"customerEmail": email},
)
