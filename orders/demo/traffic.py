"""A shop's day at any speed: orders placed and moved through a running server's GraphQL API, as a client does it."""

import json
import random
import threading
from collections import Counter
from contextlib import suppress
from http import HTTPStatus
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from django.conf import settings

from orders.demo.stories import StoryMaker
from orders.services import NewOrder
from tenants.values.identifiers import uuid7

ADDRESS = "up.address"
"""The file of the data folder in which ``./dev up`` notes its address while it runs."""
USUAL_ADDRESS = "http://127.0.0.1:8000"
GRAPHQL = "/graphql/"
ANSWER_SECONDS = 30
GENTLE_SECONDS = 2.0
"""The mean time between two calls of gentle traffic."""
MANY_OPEN = 100
NEXT = {"NEW": "payOrder", "PAID": "shipOrder", "SHIPPED": "deliverOrder"}
CREATE = """mutation Place($input: CreateOrderInput!) {
  createOrder(input: $input) { order { id status } userErrors { code message } }
}"""
MOVE = """mutation Move($input: %sInput!) {
  %s(input: $input) { order { id status } userErrors { code message } }
}"""


class Unreachable(Exception):
    """The server can't be reached; the message says what to do."""


class Client:
    """A GraphQL client over HTTP. ``url`` is the GraphQL address, or that of the server, as ``./dev up`` prints it."""

    def __init__(self, url: str, token: str = "") -> None:
        if not url.startswith(("http://", "https://")):
            raise Unreachable(f"{url} is no address of a server: it begins with http:// or https://.")
        self.url = url if urlsplit(url).path.strip("/") else url.rstrip("/") + GRAPHQL
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
    """Keeps the orders that it has placed, and changes each in turn."""

    def __init__(self, client: Client, *, seed: int | None = None) -> None:
        self.client = client
        self.random = random.Random(seed)  # noqa: S311  # it must be repeatable
        self.story_maker = StoryMaker(seed=self.random.randrange(2**32), customers=50, days=1)
        self.open: dict[str, str] = {}
        self.calls = 0
        self.done: Counter[str] = Counter()

    def act(self) -> None:
        """Send one call: place an order while few are open, otherwise move one."""
        self.calls += 1
        if not self.open or self.random.random() < 0.9 - len(self.open) / MANY_OPEN:
            self.place()
        else:
            self.move()

    def place(self) -> None:
        """Place an order."""
        new = self.story_maker.new_order(f"LIVE-{uuid7().hex[-12:].upper()}")
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
        """Count the result of a call, and keep the order if its status can still change."""
        if answer["order"] is None:
            self.done["refused"] += 1
            return
        self.done[what] += 1
        if answer["order"]["status"] in NEXT:
            self.open[answer["order"]["id"]] = answer["order"]["status"]

    def progress_line(self, seconds: float) -> str:
        """One line with the results so far."""
        counted = ", ".join(f"{count} {what}" for what, count in self.done.items())
        return f"{self.calls / max(seconds, 0.001):.1f} calls/s: {counted}; {len(self.open)} open. Ctrl-C ends it."


class GentleTraffic:
    """Calls every few seconds, on a thread of its own, so that a new user's board moves. A failed call is left out."""

    def __init__(self) -> None:
        self.stopping = threading.Event()
        self.is_on = True
        """Whether calls are made now; the page switches it."""

    def start(self, url: str) -> None:
        """Begin to call the server at this address."""
        threading.Thread(target=self.run, args=(Shop(Client(url)),), name="gentle-traffic", daemon=True).start()

    def run(self, shop: Shop) -> None:
        """Call until :meth:`stop`, at irregular times."""
        while not self.stopping.wait(shop.random.uniform(0, 2 * GENTLE_SECONDS)):
            if self.is_on:
                with suppress(Unreachable):
                    shop.act()

    def stop(self) -> None:
        """Call no more."""
        self.stopping.set()


def note_address(url: str) -> None:
    """Note the address at which ``./dev up`` serves; an empty one when it ends."""
    (settings.DATA_DIR / ADDRESS).write_text(url)


def noted_address() -> str:
    """The address of the running ``./dev up``, or its usual one."""
    with suppress(OSError):
        return (settings.DATA_DIR / ADDRESS).read_text() or USUAL_ADDRESS
    return USUAL_ADDRESS


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
        "tags": list(new.tags),
    }
