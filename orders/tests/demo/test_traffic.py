"""Traffic: what it asks of a server, and what it says when there is none."""

from collections import Counter
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client as Browser

from orders.demo import traffic
from orders.demo.traffic import Shop, Unreachable
from orders.models import Order


class InProcess(traffic.Client):
    """Asks this process instead of a server."""

    def run(self, query: str, variables: dict[str, Any]) -> dict[str, Any]:
        """The operation's data."""
        body = {"query": query, "variables": variables}
        answer = Browser().post("/graphql/", body, content_type="application/json").json()
        assert "errors" not in answer
        return answer["data"]  # type: ignore[no-any-return]  # JSON


@pytest.mark.django_db(transaction=True)
def test_orders_are_placed_and_go_their_way() -> None:
    shop = Shop(InProcess("http://in.process/"), seed=4)
    for _ in range(30):
        shop.act()

    states = Counter(Order.objects.values_list("status", flat=True))
    assert shop.calls == sum(shop.done.values()) == 30
    assert (Order.objects.count(), shop.done["refused"]) == (shop.done["placed"], 0)
    assert sum(states[status] for status in ("NEW", "PAID", "SHIPPED")) == len(shop.open)
    assert Counter(shop.open.values()) == {name: states[name] for name in states if name in traffic.NEXT}
    assert shop.done["paid"] > 0


@pytest.mark.django_db(transaction=True)
def test_an_order_that_somebody_else_has_moved_is_let_go() -> None:
    shop = Shop(InProcess("http://in.process/"), seed=1)
    shop.place()
    (order_id,) = shop.open
    shop.open[order_id] = "SHIPPED"
    shop.move()

    assert (shop.done["refused"], shop.open) == (1, {})


def test_where_nobody_answers_it_says_what_to_do() -> None:
    with pytest.raises(CommandError, match=r"No server answers at http://127\.0\.0\.1:9/graphql/\. Start the server"):
        call_command("traffic", "--url", "http://127.0.0.1:9/graphql/", stdout=StringIO())


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(Unreachable, match="begins with http"):
        traffic.Client("file:///etc/passwd")
