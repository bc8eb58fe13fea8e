"""A browser's own ``EventSource`` follows orders by the lines in docs/clients.md, and misses none over a cut."""

import re

import pytest

from tests.browser.conftest import Open, Problems
from tests.browser.site import Proxy, Site
from tests.environment import ROOT
from tests.servers.processes import wait_until

pytestmark = pytest.mark.browser

PATIENCE_SECONDS = 60
NOTING = "globalThis.heard = []; console.log = ({ data }) => heard.push(data.orderCreated.order.number);"
"""Notes what the program prints."""


def program() -> str:
    """The program in docs/clients.md, as it is printed there."""
    [found] = re.findall(r"```js\n(.*?new EventSource.*?)```", (ROOT / "docs" / "clients.md").read_text(), re.DOTALL)
    return str(found)


def test_it_resumes_after_a_cut_by_last_event_id(open_page: Open, site: Site, proxy: Proxy, problems: Problems) -> None:
    problems.network_is_cut = True
    page = open_page("/api/events/docs/", url=proxy.url)
    last_ids: list[str | None] = []
    page.on("request", lambda sent: last_ids.append(sent.headers.get("last-event-id")))
    placed: list[str] = []

    def is_heard() -> bool:
        """Place another order: the stream shows those that come once it has begun."""
        placed.append(site.place_order("at the beginning"))
        return bool(page.evaluate("heard.length"))

    page.evaluate(f"() => {{ {NOTING} {program()} globalThis.events = events; }}")
    wait_until(is_heard, timeout_seconds=PATIENCE_SECONDS, what="an order")
    proxy.kill()
    page.wait_for_function("events.readyState === EventSource.CONNECTING")
    placed += [site.place_order(f"meanwhile {number}") for number in range(3)]
    proxy.start()
    page.wait_for_function("(number) => heard.includes(number)", arg=placed[-1])
    placed.append(site.place_order("live again"))
    page.wait_for_function("(number) => heard.includes(number)", arg=placed[-1])

    heard = page.evaluate("heard")
    assert heard == placed[placed.index(heard[0]) :]
    assert last_ids[0] is None
    assert last_ids[-1], "the browser sent no Last-Event-ID"
