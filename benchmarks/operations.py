"""What is asked of the contestants: the same orders and the same fields, in the words of each one's schema."""

from dataclasses import dataclass
from typing import Any

LINES = (
    {"sku": "TEA-1", "name": "Assam, 250 g", "quantity": 2, "unitPrice": "12.50"},
    {"sku": "POT-7", "name": "Teapot, blue", "quantity": 1, "unitPrice": "38.90"},
)


@dataclass(frozen=True, slots=True)
class Operations:
    """The documents of one schema; ``takes_keys`` says whether a call can be made safe to repeat."""

    create_order: str
    order_created: str
    list_orders: str
    takes_keys: bool = False

    def order(self, number: int) -> dict[str, Any]:
        """The variables of ``create_order`` for an order that its events can be told by: see ``client.NUMBER``."""
        name = f"bench-{number}"
        new = {"externalReference": name, "customerEmail": "ada@example.com", "currency": "EUR", "lines": LINES}
        return {"input": new | {"idempotencyKey": name} if self.takes_keys else new}


OURS = Operations(
    create_order="""
        mutation CreateOrder($input: CreateOrderInput!) {
          createOrder(input: $input) {
            order { id externalReference status total { amount currency } lines { sku quantity unitPrice { amount } } }
            userErrors { code field message }
          }
        }""",
    order_created="""
        subscription {
          orderCreated { order { id externalReference customerEmail status total { amount currency } } }
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
    takes_keys=True,
)

STOCK = Operations(
    create_order="""
        mutation CreateOrder($input: CreateOrderInput!) {
          createOrder(input: $input) {
            id externalReference status total currency lines { sku quantity unitPrice }
          }
        }""",
    order_created="""
        subscription { orderCreated { id externalReference customerEmail status total currency } }""",
    list_orders="""
        query {
          orders(first: 50) {
            id externalReference customerEmail status total currency
            lines { sku name quantity unitPrice }
          }
        }""",
)
