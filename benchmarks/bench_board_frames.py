"""How smooth the board is at 100 events a second, with 10,000 orders in its memory, beside the same page at rest."""

import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from threading import Event, Thread
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.measuring import percentile
from benchmarks.options import Options
from benchmarks.progress import Progress
from benchmarks.results import Column, Results
from tests.browser.site import EmbeddedSite, Site, chromium, launch

SECONDS = 10
STARTING_SECONDS = 60
ROWS, BATCH = 10_000, 500
EVENTS_AN_ORDER = 3
"""It is placed, its processing begins, and ends."""
EVENTS_A_SECOND = 100
STEP_SECONDS = 0.1
BASELINE = "at rest"
COLUMNS = (
    Column("frame p50", "ms"),
    Column("frame p95", "ms"),
    Column("frame p99", "ms"),
    Column("longest frame", "ms"),
    Column("script blocks", "ms each second"),
    Column("events", "1/s"),
)
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
    """Orders placed at an even pace by a thread of their own, until left."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.over = Event()
        self.thread = Thread(target=self.run)

    def __enter__(self) -> None:
        self.thread.start()

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.thread.join()

    def run(self) -> None:
        """Place what is due since the last step."""
        began, placed = time.monotonic(), 0
        while not self.over.wait(STEP_SECONDS):
            due = int((time.monotonic() - began) * EVENTS_A_SECOND / EVENTS_AN_ORDER)
            if due > placed:
                self.site.place_orders(min(due - placed, BATCH))
                placed = due


def measure(options: Options, progress: Progress) -> Results:
    """Watch the frames of one page, at rest and under traffic in turn."""
    results = Results("board_frames", "How smooth is the board at 100 events a second?", COLUMNS, baseline=BASELINE)
    executable = chromium()
    if executable is None:
        results.failed.append("No Chromium is installed (apt install chromium).")
        return results
    with tempfile.TemporaryDirectory() as directory, sync_playwright() as playwright:
        browser = launch(playwright, executable)
        site = EmbeddedSite(Path(directory))
        site.start()
        try:
            page = open_board(browser, site)
            fill(site, page, options.some(ROWS))
            progress.ran(STARTING_SECONDS, f"{options.some(ROWS):,} orders on the board")
            loads: dict[str, Callable[[], AbstractContextManager[None]]] = {
                BASELINE: nullcontext,
                "100 events a second": lambda: Traffic(site),
            }
            for _ in range(options.rounds):
                for name, load in loads.items():
                    with load():
                        values = watch(page)
                    results.add(f"{options.some(ROWS):,} orders in memory", name, values)
                    progress.ran(SECONDS, f"{name}: {values['frame p95']:.1f} ms p95, {values['events']:.0f} events/s")
                    at_rest(page)
        finally:
            site.kill()
    return results


def open_board(browser: Browser, site: Site) -> Page:
    """The board, once it is live; it counts the events that it hears."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.add_init_script(COUNT_EVENTS)
    page.goto(site.url)
    page.get_by_text("Live", exact=True).wait_for()
    page.locator(".orders li").first.wait_for()
    return page


def fill(site: Site, page: Page, rows: int) -> None:
    """Have so many orders arrive at the page, and wait until nothing more happens to them."""
    for _ in range(0, rows, BATCH):
        site.place_orders(min(BATCH, rows))
    page.wait_for_function(
        "rows => Number(document.querySelector('.orders li').ariaSetSize) >= rows", arg=rows, timeout=300_000
    )
    at_rest(page)


def at_rest(page: Page) -> None:
    """Wait until no event has come for two seconds."""
    page.evaluate("""async () => {
        for (let heard = -1; heard !== window.eventsHeard; ) {
            heard = window.eventsHeard;
            await new Promise((resolve) => setTimeout(resolve, 2_000));
        }
    }""")


def watch(page: Page) -> dict[str, float]:
    """The times between the frames of some seconds, and what else went on."""
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
    return STARTING_SECONDS + 2 * (SECONDS + 2) * options.rounds
