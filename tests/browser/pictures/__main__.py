"""``./dev screenshots [images | learn | pages [NAME …]]``: pictures of the real pages, in Chromium.

images: those of ``docs/images/``, of demo data. learn: what a run of chapter 6 did, naive and safe, as pictures and
step by step, in ``test-output/learn/``. pages: every page in every state, colour scheme and width, in
``test-output/pages/``, with index.html, and what is wrong with them; NAME: only cases with this in their name.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

from tests.browser.pictures.cases import CASES, prepare
from tests.browser.pictures.index import write_index
from tests.browser.pictures.recording import record
from tests.browser.pictures.take import PAGES, SCHEMES, take
from tests.browser.program import NO_BROWSER, chromium
from tests.browser.site import EmbeddedSite, Site, launch
from tests.environment import ROOT

KINDS = ("learn", "images", "pages")
RECORDINGS = ROOT / "test-output" / "learn"
IMAGES = ROOT / "docs" / "images"
MOST_BYTES = 300_000
SIZE: ViewportSize = {"width": 1440, "height": 900}
ORDERS, RATE, WARM_SECONDS = 1200, 3, 10


def main(arguments: Sequence[str]) -> None:
    """Take every picture, or those of a kind; raises if one is too large for the repository."""
    kind, *names = arguments or [""]
    if kind not in ("", *KINDS) or (names and kind != "pages"):
        raise SystemExit(__doc__)
    executable = chromium()
    if executable is None:
        raise SystemExit(NO_BROWSER)
    with tempfile.TemporaryDirectory() as directory, sync_playwright() as playwright:
        site = EmbeddedSite(Path(directory))
        site.start()
        try:
            browser = launch(playwright, executable)
            for one in [kind] if kind else KINDS:
                take_kind(browser, site, one, names)
        finally:
            site.stop()


def take_kind(browser: Browser, site: Site, kind: str, names: Sequence[str]) -> None:
    """Take the pictures of a kind."""
    if kind == "learn":
        record_chapter(browser, site, 6)
    elif kind == "images":
        manage(site, "demo_data", "--orders", str(ORDERS))
        with traffic(site):
            time.sleep(WARM_SECONDS)
            draw_all(browser, site)
    else:
        take_pages(browser, site, names)


def take_pages(browser: Browser, site: Site, names: Sequence[str]) -> None:
    """Take every case, or those with one of these in their name, and print what is wrong with each."""
    prepare(site)
    for case in CASES:
        if not names or any(name in case.name for name in names):
            print(case.name, *take(browser, site, case, PAGES), sep="\n  ", flush=True)
    print(write_index(PAGES).relative_to(ROOT))


def record_chapter(browser: Browser, site: Site, chapter: int) -> None:
    """Run a chapter's faults on its page, and record what each design did."""
    for scheme in SCHEMES:
        page = browser.new_page(viewport=SIZE, color_scheme=scheme)
        page.goto(f"{site.url}/learn/?chapter={chapter}")
        page.get_by_role("button", name="Run it").click()
        expect(page.get_by_text("produced for real")).to_be_visible(timeout=60_000)
        for path in record(page, RECORDINGS, f"chapter-{chapter}-{scheme}"):
            print(f"{path.relative_to(ROOT)}: {path.stat().st_size // 1000} kB")
        page.close()


def manage(site: Site, *arguments: str) -> None:
    """Run a command on the site's own data."""
    subprocess.run([sys.executable, str(ROOT / "manage.py"), *arguments], env=site.env, cwd=ROOT, check=True)


@contextmanager
def traffic(site: Site) -> Iterator[None]:
    """Place and move orders in the background."""
    command = [sys.executable, str(ROOT / "manage.py"), "traffic", "--rate", str(RATE), "--url", f"{site.url}/graphql/"]
    running = subprocess.Popen(command, env=site.env, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
    try:
        yield
    finally:
        running.terminate()
        running.wait()


def draw_all(browser: Browser, site: Site) -> None:
    """Take each picture in its state."""
    for scheme in SCHEMES:
        page = browser.new_page(viewport=SIZE, color_scheme=scheme)
        page.goto(f"{site.url}/")
        expect(page.locator(".percentiles")).to_contain_text(" ms", timeout=60_000)
        page.wait_for_timeout(8_000)  # until a line is visible in the last chart
        draw(page, f"board-{scheme}")
        page.close()
    page = browser.new_page(viewport=SIZE)
    page.goto(f"{site.url}/?order={placed(site)}")
    expect(page.get_by_role("dialog")).to_be_visible(timeout=60_000)
    page.wait_for_timeout(4_000)  # the effects of the order, and the dialog's animation
    draw(page, "order")
    page.goto(f"{site.url}/lab/")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.wait_for_timeout(8_000)
    draw(page, "lab")


def placed(site: Site) -> str:
    """Place an order with lines; return its number."""
    lines = [
        {"sku": "TEA-SENCHA", "name": "Sencha, 100 g", "quantity": 2, "unitPrice": "9.90"},
        {"sku": "POT-06", "name": "Cast iron teapot, 0.6 l", "quantity": 1, "unitPrice": "48.00"},
    ]
    customer = {"customerName": "Ines Novak", "customerEmail": "ines.novak@example.com", "currency": "EUR"}
    mutation = "mutation ($input: CreateOrderInput!) { createOrder(input: $input) { order { number } } }"
    number: str = site.ask(mutation, input={**customer, "lines": lines})["createOrder"]["order"]["number"]
    return number


def draw(page: Page, name: str) -> None:
    """Take one picture, small enough to be kept."""
    path = IMAGES / f"{name}.png"
    page.screenshot(path=path)
    size = path.stat().st_size
    print(f"{path.relative_to(ROOT)}: {size // 1000} kB")
    if size > MOST_BYTES:
        raise SystemExit(f"{path.name} has {size} bytes; at most {MOST_BYTES} are kept.")


if __name__ == "__main__":
    main(sys.argv[1:])
