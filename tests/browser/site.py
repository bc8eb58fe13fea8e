"""A whole system to open in a browser, what leads to it, and the browser."""

import shutil
import sys
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Browser, Playwright

from tests.environment import ROOT, fresh_environment
from tests.processes import Process, free_port, listens

NAMES = ("chromium", "chromium-browser", "google-chrome")
QUIET = ("no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking", "disable-sync")


def chromium() -> str | None:
    """Where Chromium is; None if there is none."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def launch(playwright: Playwright, executable: str) -> Browser:
    """Chromium without a screen, that talks to nobody by itself."""
    return playwright.chromium.launch(executable_path=executable, args=[f"--{argument}" for argument in QUIET])


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

    def place_order(self, customer_name: str, total: str = "12.00", currency: str = "EUR") -> str:
        """Place an order past the browser; its number."""
        mutation = "mutation ($input: CreateOrderInput!) { createOrder(input: $input) { order { number } } }"
        data = self.ask(mutation, input={"customerName": customer_name, "total": total, "currency": currency})
        number: str = data["createOrder"]["order"]["number"]
        return number

    def place_orders(self, count: int) -> None:
        """Place so many orders at once."""
        mutation = "mutation ($input: CreateOrdersInput!) { createOrders(input: $input) { orders { number } } }"
        orders = [{"customerName": f"One of {count}", "total": "1.00"} for _ in range(count)]
        assert len(self.ask(mutation, input={"orders": orders})["createOrders"]["orders"]) == count

    def pay_order(self, number: str) -> None:
        """Mark an order as paid past the browser."""
        order = self.ask("query ($number: String!) { order(number: $number) { id } }", number=number)["order"]
        self.ask("mutation ($id: ID!) { payOrder(input: {id: $id}) { userErrors { message } } }", **order)

    def ask(self, query: str, **variables: object) -> Any:
        """What GraphQL answers past the browser."""
        body = {"query": query, "variables": variables}
        answer = httpx.post(f"{self.url}/graphql/", json=body, timeout=60).json()
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    def orders_of(self, text: str) -> list[Any]:
        """The orders that a search finds, newest first: at most 100."""
        query = """query ($text: String!) { orders(first: 100, where: {text: $text}) { nodes {
            id number externalReference customerName status version total { amount currency } lines { sku quantity }
        } } }"""
        nodes: list[Any] = self.ask(query, text=text)["orders"]["nodes"]
        return nodes


class Way(Process):
    """What a page goes through to its server; stopping it is the network's end, and leaves the server to others."""

    def __init__(self, directory: Path, site: Site) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        program = ROOT / "tests" / "faults" / "way.py"
        ports = [str(self.port), "127.0.0.1", site.url.rpartition(":")[2]]
        super().__init__("way", [sys.executable, str(program), *ports], directory=directory)

    def start(self) -> None:
        """Start it and wait until it leads somewhere."""
        super().start()
        self.wait_until_ready(lambda: listens(self.port))
