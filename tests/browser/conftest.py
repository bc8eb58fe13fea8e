"""A real server and a real browser, and a page that tells what went wrong in it."""

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.environment import ROOT, fresh_environment
from tests.processes import Process, free_port

NAMES = ("chromium", "chromium-browser", "google-chrome")
QUIET = ("no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking", "disable-sync")
IN_EVERY_PAGE = """
addEventListener("securitypolicyviolation", (event) =>
    console.error(`The policy forbids ${event.blockedURI} by ${event.violatedDirective}`));
WebSocket = class extends WebSocket {
    send(text) { super.send(text); (window.sent ??= []).push(text); }
};
"""
Open = Callable[..., Page]

expect.set_options(timeout=15_000)


class Site(Process):
    """The whole system by ``up``, with data of its own; it may be stopped and started again."""

    def __init__(self, directory: Path) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        command = [sys.executable, str(ROOT / "manage.py"), "up", "--port", str(port)]
        environment = fresh_environment(ORDERS_DATA_DIR=str(directory / "data"))
        super().__init__("up", command, directory=directory, env=environment)

    def start(self) -> None:
        """Start it and wait until it serves."""
        super().start()
        self.wait_until_ready(self.serves, timeout_seconds=180)

    def serves(self) -> bool:
        """Whether its readiness says so."""
        try:
            return httpx.get(f"{self.url}/readyz").status_code == 200
        except httpx.TransportError:
            return False

    def place_order(self, customer_name: str) -> str:
        """Place an order past the browser; its number."""
        mutation = "mutation ($input: CreateOrderInput!) { createOrder(input: $input) { order { number } } }"
        data = self.ask(mutation, input={"customerName": customer_name, "total": "12.00"})
        number: str = data["createOrder"]["order"]["number"]
        return number

    def ask(self, query: str, **variables: object) -> Any:
        """What GraphQL answers past the browser."""
        answer = httpx.post(f"{self.url}/graphql/", json={"query": query, "variables": variables}).json()
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    def orders_of(self, text: str) -> list[Any]:
        """The orders that a search finds, newest first: at most 100."""
        query = """query ($text: String!) { orders(first: 100, where: {text: $text}) { nodes {
            id number externalReference customerName status version total { amount currency } lines { sku quantity }
        } } }"""
        nodes: list[Any] = self.ask(query, text=text)["orders"]["nodes"]
        return nodes


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A running system."""
    site = Site(tmp_path_factory.mktemp("site"))
    site.start()
    yield site
    site.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium without a screen; closed with its module, as the ORM refuses to work while it is open."""
    executable = next(filter(None, map(shutil.which, NAMES)), None)
    if executable is None:
        pytest.skip("no Chromium is installed (apt install chromium)")
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=executable, args=[f"--{argument}" for argument in QUIET])


@pytest.fixture
def problems() -> list[str]:
    """What went wrong in any page of the test; a test that means something to go wrong clears it."""
    return []


@pytest.fixture
def open_page(browser: Browser, site: Site, problems: list[str]) -> Iterator[Open]:
    """Opens a path of the site for somebody who was never there; nothing may go wrong in it until the test ends."""
    contexts = []

    def open_page(path: str, *, scheme: str = "light", width: int = 1440, height: int = 900) -> Page:
        context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": height})  # type: ignore[arg-type]  # a literal
        contexts.append(context)
        page = context.new_page()
        page.add_init_script(IN_EVERY_PAGE)
        page.on("console", lambda message: problems.extend([message.text] if message.type == "error" else []))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("request", lambda request: note_outside(request.url, site.url, problems))
        page.goto(site.url + path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert problems == []


def note_outside(url: str, site: str, problems: list[str]) -> None:
    """A page loads from its own server and nowhere else."""
    address = urlsplit(url)
    if address.scheme not in {"data", "blob"} and address.netloc != urlsplit(site).netloc:
        problems.append(f"asked another host: {url}")


@pytest.fixture(scope="session")
def pictures() -> Path:
    """Where screenshots are kept."""
    folder = ROOT / "test-output" / "browser"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def live(page: Page) -> Page:
    """The page, once it is connected."""
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    return page


def audit(page: Page) -> list[str]:
    """What axe finds wrong with the page as it stands."""
    page.evaluate((ROOT / "frontend_demo" / "node_modules" / "axe-core" / "axe.min.js").read_text())
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    return [
        f"{violation['id']}: {violation['help']}: {node['html'][:200]} {node.get('failureSummary', '')[:300]}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]
