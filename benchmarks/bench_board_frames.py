"""How smooth the board is at 100 events a second, with 10,000 orders in its memory, beside the same page at rest.

Half of the events are orders placed, half are orders paid. The slow work on orders is switched off: it would go on
for minutes after 10,000 orders, and its events come in bursts.
"""

import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from threading import Event, Thread
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.load.process_cost import percentile
from benchmarks.load.servers import Servers
from benchmarks.options import Options
from benchmarks.report.progress import Progress
from benchmarks.report.results import Column, Results
from tests.browser.program import NO_BROWSER, chromium
from tests.browser.site import EmbeddedSite, Site, launch

SECONDS = 8
WARMING_SECONDS = 2
"""The number of events on their way to the page is then the same at the end as at the beginning."""
STARTING_SECONDS = 60
ROWS, BATCH = 10_000, 500
EVENTS_A_SECOND = 100
STEP_SECONDS = 0.1
MOST_AT_ONCE = 50
"""A document with more payments would have too many tokens."""
BASELINE = "at rest"
COLUMNS = (
    Column("frame p50", "ms"),
    Column("frame p95", "ms"),
    Column("frame p99", "ms"),
    Column("longest frame", "ms"),
    Column("script blocks", "ms each second"),
    Column("events", "1/s"),
)
PAGE_OF_IDS = """query ($after: String) {
    orders(first: 100, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } }
}"""
ARE_IN_MEMORY = """rows => {
    const height = (selector) => parseFloat(document.querySelector(selector).style.height);
    return height(".orders tbody") / height(".orders tbody tr") >= rows;
}"""
COUNT_EVENTS = """
window.eventsHeard = 0;
WebSocket = class extends WebSocket {
    constructor(...given) {
        super(...given);
        this.addEventListener("message", ({ data }) => (window.eventsHeard += data.includes('"sequence"')));
    }
};
"""
WATCH = """async (seconds) => {
    const frames = [], heard = window.eventsHeard, begun = performance.now();
    let blocked = 0;
    const add = (list) => list.getEntries().forEach(({ duration }) => (blocked += duration));
    const observer = new PerformanceObserver(add);
    observer.observe({ type: "longtask" });
    await new Promise((resolve) => {
        let last;
        const frame = (now) => {
            if (last !== undefined) frames.push(now - last);
            last = now;
            if (now - begun < seconds * 1000) requestAnimationFrame(frame);
            else resolve();
        };
        requestAnimationFrame(frame);
    });
    observer.disconnect();
    const took = (performance.now() - begun) / 1000;
    return { frames, blocked: blocked / took, events: (window.eventsHeard - heard) / took };
}"""


class Traffic(AbstractContextManager[None]):
    """Orders placed, and orders of the board paid, at an even pace by a separate thread, until the end."""

    def __init__(self, site: Site, unpaid: list[str]) -> None:
        self.site = site
        self.unpaid = unpaid
        self.over = Event()
        self.thread = Thread(target=self.run)

    def __enter__(self) -> None:
        self.thread.start()

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.thread.join()

    def run(self) -> None:
        """Place and pay what is due since the last step."""
        began, done = time.monotonic(), 0
        while not self.over.wait(STEP_SECONDS):
            due = int((time.monotonic() - began) * EVENTS_A_SECOND / 2)
            if due > done:
                some = min(due - done, MOST_AT_ONCE)
                self.site.place_orders(some)
                pay(self.site, [self.unpaid.pop() for _ in range(min(some, len(self.unpaid)))])
                done += some


def measure(options: Options, servers: Servers, progress: Progress) -> Results:
    """Watch the frames of one page, at rest and under traffic in turn."""
    servers.stop()
    results = Results("board_frames", "How smooth is the board at 100 events a second?", COLUMNS, baseline=BASELINE)
    executable = chromium()
    if executable is None:
        results.failed.append(NO_BROWSER)
        return results
    with tempfile.TemporaryDirectory() as directory, sync_playwright() as playwright:
        browser = launch(playwright, executable)
        site = EmbeddedSite(Path(directory))
        site.start()
        site.switch("processing", on=False)
        try:
            page = open_board(browser, site)
            fill(site, page, options.some(ROWS))
            at_rest(site, page)
            progress.ran(STARTING_SECONDS, f"{options.some(ROWS):,} orders on the board, and nothing left to do")
            unpaid = newest(site, (SECONDS + WARMING_SECONDS) * EVENTS_A_SECOND * options.rounds)
            loads: dict[str, Callable[[], AbstractContextManager[None]]] = {
                BASELINE: nullcontext,
                "100 events a second": lambda: Traffic(site, unpaid),
            }
            for _ in range(options.rounds):
                for name, load in loads.items():
                    at_rest(site, page)
                    with load():
                        page.wait_for_timeout(WARMING_SECONDS * 1000)
                        values = watch(page)
                    results.add(f"{options.some(ROWS):,} orders in memory", name, values)
                    progress.ran(SECONDS, f"{name}: {values['frame p95']:.1f} ms p95, {values['events']:.0f} events/s")
        finally:
            site.http.close()
            site.kill()
    return results


def open_board(browser: Browser, site: Site) -> Page:
    """The board, once it is live; it counts the events that it receives."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.add_init_script(COUNT_EVENTS)
    page.goto(site.url)
    page.get_by_text("Live", exact=True).wait_for()
    page.locator(".orders tbody tr").first.wait_for()
    return page


def fill(site: Site, page: Page, rows: int) -> None:
    """Make this number of orders arrive at the page."""
    for _ in range(0, rows, BATCH):
        site.place_orders(min(BATCH, rows))
    page.wait_for_function(ARE_IN_MEMORY, arg=rows, timeout=300_000)


def newest(site: Site, count: int) -> list[str]:
    """The ids of at most this number of orders, the newest last."""
    ids: list[str] = []
    after = None
    while len(ids) < count:
        orders = site.ask(PAGE_OF_IDS, after=after)["orders"]
        ids += [node["id"] for node in orders["nodes"]]
        after = orders["pageInfo"]["endCursor"]
        if not orders["pageInfo"]["hasNextPage"]:
            break
    return ids[::-1]


def pay(site: Site, ids: list[str]) -> None:
    """Mark these orders as paid, in one request."""
    if ids:
        moves = " ".join(f'p{n}: payOrder(input: {{id: "{one}"}}) {{ order {{ id }} }}' for n, one in enumerate(ids))
        site.ask(f"mutation {{ {moves} }}")


def at_rest(site: Site, page: Page) -> None:
    """Wait until the system has nothing left to do, and then until no event has come for two seconds."""
    site.settle()
    page.evaluate("""async () => {
        for (let heard = -1; heard !== window.eventsHeard; ) {
            heard = window.eventsHeard;
            await new Promise((resolve) => setTimeout(resolve, 2_000));
        }
    }""")


def watch(page: Page) -> dict[str, float]:
    """The times between the frames of some seconds, and other measurements."""
    seen: dict[str, Any] = page.evaluate(WATCH, SECONDS)
    frames = seen["frames"]
    return {
        "frame p50": percentile(frames, 0.5),
        "frame p95": percentile(frames, 0.95),
        "frame p99": percentile(frames, 0.99),
        "longest frame": max(frames),
        "script blocks": seen["blocked"],
        "events": seen["events"],
    }


def seconds(options: Options) -> float:
    """About how long all of it takes on a quiet machine."""
    return STARTING_SECONDS + 2 * (SECONDS + WARMING_SECONDS + 2) * options.rounds
