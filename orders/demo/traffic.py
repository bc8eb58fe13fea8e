"""A shop's day at any speed: orders placed and moved through a running server's GraphQL API, as a client does it."""

import json
import random
from collections import Counter
from http import HTTPStatus
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from orders.demo.stories import Teller
from orders.services import NewOrder
from tenants.values.identifiers import uuid7

ANSWER_SECONDS = 30
MANY_OPEN = 100
NEXT = {"NEW": "payOrder", "PAID": "shipOrder", "SHIPPED": "deliverOrder"}
CREATE = """mutation Place($input: CreateOrderInput!) {
  createOrder(input: $input) { order { id status } userErrors { code message } }
}"""
MOVE = """mutation Move($input: %sInput!) {
  %s(input: $input) { order { id status } userErrors { code message } }
}"""


class Unreachable(Exception):
    """The server can't be talked to; the message says what to do."""


class Client:
    """A GraphQL client over HTTP."""

    def __init__(self, url: str, token: str = "") -> None:
        if not url.startswith(("http://", "https://")):
            raise Unreachable(f"{url} is no address of a server: it begins with http:// or https://.")
        self.url = url
        self.headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if token:
            self.headers["Authorization"] = f"Bearer {token}"

    def run(self, query: str, variables: dict[str, Any]) -> dict[str, Any]:
        """The operation's ``data``.

        Raises:
            Unreachable: no server answers, or the answer has no data.
        """
        body = json.dumps({"query": query, "variables": variables}).encode()
        try:
            request = Request(self.url, body, self.headers)  # noqa: S310  # the scheme is checked above
            with urlopen(request, timeout=ANSWER_SECONDS) as response:  # noqa: S310  # as above
                answer = json.load(response)
        except HTTPError as error:
            said = "send a token: --token" if error.code == HTTPStatus.UNAUTHORIZED else error.reason
            raise Unreachable(f"{self.url} answers {error.code}: {said}.") from error
        except (URLError, OSError) as error:
            raise Unreachable(f"No server answers at {self.url}. Start the server: ./dev up") from error
        except ValueError as error:
            raise Unreachable(f"{self.url} does not answer in JSON; is it the GraphQL address?") from error
        if answer.get("errors"):
            raise Unreachable(f"{self.url} refuses: {answer['errors'][0]['message']}")
        data: dict[str, Any] = answer["data"]
        return data


class Shop:
    """Knows the orders that it has placed, and gives each its next turn."""

    def __init__(self, client: Client, *, seed: int | None = None) -> None:
        self.client = client
        self.random = random.Random(seed)  # noqa: S311  # it shall repeat itself
        self.teller = Teller(seed=self.random.randrange(2**32), customers=50, days=1)
        self.open: dict[str, str] = {}
        self.calls = 0
        self.done: Counter[str] = Counter()

    def act(self) -> None:
        """One call: rather an order placed than one moved, as long as few are open."""
        self.calls += 1
        if not self.open or self.random.random() < 0.9 - len(self.open) / MANY_OPEN:
            self.place()
        else:
            self.move()

    def place(self) -> None:
        """Place an order."""
        new = self.teller.new_order(f"LIVE-{uuid7().hex[-12:].upper()}")
        self.note(self.client.run(CREATE, {"input": given(new)})["createOrder"], "placed")

    def move(self) -> None:
        """Move one of the open orders, or cancel it."""
        order_id = self.random.choice(list(self.open))
        status = self.open.pop(order_id)
        cancel = status in {"NEW", "PAID"} and self.random.random() < 0.06
        name = "cancelOrder" if cancel else NEXT[status]
        kind = name[0].upper() + name[1:]
        answer = self.client.run(MOVE % (kind, name), {"input": {"id": order_id}})[name]
        self.note(answer, answer["order"]["status"].lower() if answer["order"] else "")

    def note(self, answer: dict[str, Any], what: str) -> None:
        """Count what came of a call, and keep the order if it has somewhere to go."""
        if answer["order"] is None:
            self.done["refused"] += 1
            return
        self.done[what] += 1
        if answer["order"]["status"] in NEXT:
            self.open[answer["order"]["id"]] = answer["order"]["status"]

    def told(self, seconds: float) -> str:
        """One line on what has come of it so far."""
        counted = ", ".join(f"{count} {what}" for what, count in self.done.items())
        return f"{self.calls / max(seconds, 0.001):.1f} calls/s: {counted}; {len(self.open)} open. Ctrl-C ends it."


def given(new: NewOrder) -> dict[str, Any]:
    """The order as GraphQL takes it."""
    lines = [
        {"sku": line.sku, "name": line.name, "quantity": line.quantity, "unitPrice": str(line.unit_price)}
        for line in new.lines
    ]
    return {
        "lines": lines,
        "currency": new.currency,
        "customerEmail": new.customer_email,
        "customerName": new.customer_name,
        "externalReference": new.external_reference,
        "metadata": new.metadata,
    }
