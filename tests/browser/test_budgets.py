"""What the pages may cost: bytes and requests until they are usable, the first paint, and work while orders arrive."""

import re
import time
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open, live
from tests.browser.site import Site

pytestmark = pytest.mark.browser


@dataclass(frozen=True)
class Budget:
    """Until the page is usable and has loaded all: bytes of its files as they were sent, and requests for them."""

    path: str
    usable: str
    most_bytes: int
    most_requests: int
    later: tuple[str, ...] = ()
    """Files that the page loads when it is at rest, by the beginnings of their names."""


DIALOGS = ("OrderDrawer-", "NewOrder-")
WORKERS = ("editor.worker-", "graphql.worker-", "json.worker-")
BUDGETS = (
    Budget("/", ".orders tbody tr", 180_000, 56, DIALOGS),
    Budget("/import/", ".drop", 155_000, 46, DIALOGS),
    Budget("/lab/", ".receivers", 150_000, 49, DIALOGS),
    Budget("/settings/", ".settings", 150_000, 48, DIALOGS),
    Budget("/learn/", "article h2", 165_000, 46, DIALOGS),
    Budget("/graphql/", ".graphiql-query-editor .view-line", 1_900_000, 48, WORKERS),
    Budget("/api/docs/", ".opblock", 2_200_000, 7),  # as ./dev up has Swagger UI; collectstatic compresses it
    Budget("/api/events/docs/", "section h2", 90_000, 3),
    Budget("/login/", "main", 5_000, 3),
    Budget("/nowhere/", ".status", 5_000, 3),
)
each_page = pytest.mark.parametrize("budget", BUDGETS, ids=lambda budget: budget.path)
# What a page fetches is data, not a file; GraphiQL's introspection has the page's own path.
LOADED = """() => performance.getEntriesByType("navigation").concat(performance.getEntriesByType("resource"))
    .filter(({ initiatorType }) => initiatorType !== "fetch")
    .map(({ name, encodedBodySize }) => [new URL(name).pathname, encodedBodySize])"""
HAS_LOADED = """(names) => {
    const loaded = performance.getEntriesByType("resource").map(({ name }) => name.split("/").at(-1));
    return names.every((name) => loaded.some((file) => file.startsWith(name) && file.endsWith(".js")));
}"""
FIRST_PAINT = """() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime"""


@pytest.fixture
def opened(open_page: Open, site: Site, budget: Budget, problems: list[str]) -> Page:
    """The page, once it is usable and at rest."""
    page = open_page(budget.path)
    expect(page.locator(budget.usable).first).to_be_visible()
    page.wait_for_function(HAS_LOADED, arg=budget.later)
    if budget.path == "/nowhere/":
        problems.clear()  # The browser reports the status 404.
    return page


@each_page
def test_page_is_small_and_asks_for_few_files(opened: Page, budget: Budget) -> None:
    sizes = {name: size for name, size in opened.evaluate(LOADED) if name == budget.path or name.startswith("/static/")}

    assert 0 < sum(sizes.values()) < budget.most_bytes, sizes
    assert len(sizes) <= budget.most_requests, sizes


TRIES = 5
PLAIN, PLAIN_MS = "/livez", 60
"""The page that is one line of text, and its first paint on a quiet machine."""
FIRST_PAINT_MS = 1_000


def slower(open_page: Open) -> float:
    """How many times the machine's quiet time the plain page takes now."""
    return max(1.0, first_paint(open_page, PLAIN) / PLAIN_MS)


def first_paint(open_page: Open, path: str) -> float:
    """Milliseconds until a page shows something, in a browser profile without a cache."""
    page = open_page(path, has_cache=False)
    painted: float = page.wait_for_function(FIRST_PAINT).json_value()
    page.context.close()
    return painted


@each_page
def test_first_paint_is_within_a_second(open_page: Open, budget: Budget, problems: list[str]) -> None:
    """On a busy machine, within as many seconds as the plain page takes longer in the same minute."""
    tries = []
    for _ in range(TRIES):
        tries.append((first_paint(open_page, budget.path), FIRST_PAINT_MS * slower(open_page)))
        if tries[-1][0] < tries[-1][1]:
            break
    problems.clear()

    assert tries[-1][0] < tries[-1][1], tries


NOTE_LONG_TASKS = """() => {
    window.longTasks = [];
    const note = (list) => window.longTasks.push(...list.getEntries().map(({ duration }) => duration));
    new PerformanceObserver(note).observe({ type: "longtask" });
}"""
ORDERS, AT_A_TIME, PER_SECOND = 1_000, 10, 100
"""So many orders, one event each."""
LONGEST_MS = 50
"""A task that takes longer blocks the page for what is above that."""
BLOCKED, BLOCKED_MOST = 0.1, 0.5
"""The share of the time for which the page may be blocked, on a quiet machine and on any."""
PLACE = "mutation ($i: CreateOrdersInput!) { createOrders(input: $i) { orders { id } } }"


def place_evenly(page: Page, site: Site) -> float:
    """Place the orders, so many in a second; return how many seconds it took until the page had them all."""
    orders: list[dict[str, Any]] = [
        {
            "customerName": f"Customer {place}",
            "lines": [{"sku": "TEA", "name": "Sencha", "quantity": 1, "unitPrice": "9.90"}],
        }
        for place in range(AT_A_TIME)
    ]
    began = time.monotonic()
    for done in range(AT_A_TIME, ORDERS + 1, AT_A_TIME):
        site.ask(PLACE, i={"orders": orders})
        page.wait_for_timeout(max(0.0, began + done / PER_SECOND - time.monotonic()) * 1_000)
    expect(page.get_by_text(re.compile(f"^{ORDERS:,} orders arrived"))).to_be_visible()
    return time.monotonic() - began


def blocked(page: Page) -> float:
    """Seconds for which tasks blocked the page since they are noted."""
    tasks: list[float] = [task for task in page.evaluate("window.longTasks") if task > LONGEST_MS]
    return sum(task - LONGEST_MS for task in tasks) / 1_000


def test_board_stays_usable_while_a_hundred_events_arrive_in_a_second(open_page: Open, site: Site) -> None:
    tries = []
    with site.without_slow_work():
        for _ in range(TRIES):
            share = min(BLOCKED * slower(open_page), BLOCKED_MOST)
            page = live(open_page("/"))
            expect(page.locator(".numbers canvas").first).to_be_visible()
            page.evaluate(NOTE_LONG_TASKS)
            seconds = place_evenly(page, site)
            tries.append((blocked(page), share * seconds))
            page.context.close()
            if tries[-1][0] < tries[-1][1]:
                break

    assert tries[-1][0] < tries[-1][1], tries
