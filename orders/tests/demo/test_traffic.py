"""The traffic command sends operations to a server, and explains what to do if no server answers."""

from collections import Counter
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.test import Client as Browser

from orders.demo import traffic
from orders.demo.traffic import Shop, Unreachable
from orders.models import Order


class InProcess(traffic.Client):
    """A client that sends requests to this process instead of a server."""

    def run(self, query: str, variables: dict[str, Any]) -> dict[str, Any]:
        """Run an operation and return its data."""
        body = {"query": query, "variables": variables}
        answer = Browser().post("/graphql/", body, content_type="application/json").json()
        assert "errors" not in answer
        return answer["data"]  # type: ignore[no-any-return]  # JSON


@pytest.mark.django_db(transaction=True)
def test_orders_are_placed_and_change_status() -> None:
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
def test_an_order_that_another_client_changed_is_dropped() -> None:
    shop = Shop(InProcess("http://in.process/"), seed=1)
    shop.place()
    (order_id,) = shop.open
    shop.open[order_id] = "SHIPPED"
    shop.move()

    assert (shop.done["refused"], shop.open) == (1, {})


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000/graphql/"),
        ("http://127.0.0.1:8000/", "http://127.0.0.1:8000/graphql/"),
        ("http://127.0.0.1:8000/graphql/", "http://127.0.0.1:8000/graphql/"),
        ("https://shop.example/orders/graphql/", "https://shop.example/orders/graphql/"),
    ],
)
def test_address_that_up_prints_is_enough(given: str, asked: str) -> None:
    assert traffic.Client(given).url == asked


def test_without_an_address_it_is_that_of_the_running_server(settings: LazySettings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    assert traffic.noted_address() == "http://127.0.0.1:8000"

    traffic.note_address("http://127.0.0.1:9")
    with pytest.raises(CommandError, match=r"No server answers at http://127\.0\.0\.1:9/graphql/"):
        call_command("traffic", stdout=StringIO())

    traffic.note_address("")
    assert traffic.noted_address() == "http://127.0.0.1:8000"


def test_gentle_traffic_calls_only_while_it_is_on(monkeypatch: pytest.MonkeyPatch) -> None:
    gentle, switched, calls = traffic.GentleTraffic(), iter([True, False, False, True]), []

    class Counting(Shop):
        def act(self) -> None:
            calls.append(gentle.is_on)

    def wait(seconds: float) -> bool:
        """Switch before each turn; end after the last one."""
        gentle.is_on = next(switched, None)
        return gentle.is_on is None

    monkeypatch.setattr(gentle.stopping, "wait", wait)
    gentle.run(Counting(traffic.Client("http://127.0.0.1:9")))

    assert calls == [True, True]


def test_gentle_traffic_continues_after_a_failed_call_until_it_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traffic, "GENTLE_SECONDS", 0)
    gentle, calls = traffic.GentleTraffic(), []

    class Failing(Shop):
        def act(self) -> None:
            calls.append(1)
            if len(calls) == 3:
                gentle.stop()
            raise Unreachable

    gentle.run(Failing(traffic.Client("http://127.0.0.1:9")))

    assert len(calls) == 3


def test_an_unreachable_server_gives_advice() -> None:
    with pytest.raises(CommandError, match=r"No server answers at http://127\.0\.0\.1:9/graphql/\. Start the server"):
        call_command("traffic", "--url", "http://127.0.0.1:9/graphql/", stdout=StringIO())


def test_a_malformed_address_is_refused() -> None:
    with pytest.raises(Unreachable, match="begins with http"):
        traffic.Client("file:///etc/passwd")
