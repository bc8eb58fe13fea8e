"""A whole system to open in a browser, a proxy in front of it, and the browser."""

import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Browser, Page, Playwright

from tests.browser.program import environment
from tests.e2e.stack import Production, is_ready
from tests.environment import ROOT, fresh_environment
from tests.servers.processes import Process, free_port, listens, wait_until

END_SECONDS = 60
"""How soon it ends on a quiet machine is for other tests."""
QUIET = ("no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking", "disable-sync")


def launch(playwright: Playwright, executable: str, *more: str) -> Browser:
    """Start headless Chromium, without connections of its own, and with ``more`` of its switches."""
    arguments = [f"--{argument}" for argument in (*QUIET, *more)]
    return playwright.chromium.launch(executable_path=executable, args=arguments, env=environment(executable))


class Site(Process):
    """A running system with its own data, by its web server's process; it may be stopped and started again."""

    has_lab = True
    """Whether tests may break things in it."""

    def __init__(
        self, name: str, command: Sequence[str | Path], port: int, directory: Path, env: dict[str, str]
    ) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.headers: dict[str, str] = {}
        super().__init__(name, command, directory=directory, env=env)

    def sign_in(self, page: Page, url: str) -> None:
        """Sign in the page's browser, which reaches the site at ``url``, as a user who may do everything."""

    def start(self) -> None:
        """Start it and wait until it serves."""
        super().start()
        self.wait_until_ready(self.serves, timeout_seconds=180)
        self.http = httpx.Client(base_url=self.url, timeout=60)

    def stop(self, signum: int = signal.SIGTERM, *, timeout_seconds: float = END_SECONDS) -> int:
        """Hang up, ask it to end and return its status."""
        self.http.close()
        return super().stop(signum, timeout_seconds=timeout_seconds)

    def serves(self) -> bool:
        """Whether its readiness says so."""
        return is_ready(self.url)

    def place_order(self, customer_name: str, total: str = "12.00", currency: str = "EUR") -> str:
        """Place an order without the browser; return its number."""
        mutation = "mutation ($input: CreateOrderInput!) { createOrder(input: $input) { order { number } } }"
        data = self.ask(mutation, input={"customerName": customer_name, "total": total, "currency": currency})
        number: str = data["createOrder"]["order"]["number"]
        return number

    def place_orders(self, count: int, name: str = "One of many") -> None:
        """Place so many orders at the same time, of customers with this name."""
        mutation = "mutation ($input: CreateOrdersInput!) { createOrders(input: $input) { orders { number } } }"
        orders = [{"customerName": name, "total": "1.00"} for _ in range(count)]
        assert len(self.ask(mutation, input={"orders": orders})["createOrders"]["orders"]) == count

    def pay_order(self, number: str) -> None:
        """Mark an order as paid without the browser."""
        order = self.ask("query ($number: String!) { order(by: {number: $number}) { id } }", number=number)["order"]
        self.ask("mutation ($id: ID!) { payOrder(input: {id: $id}) { userErrors { message } } }", **order)

    def switch(self, receiver: str, *, on: bool, catch_up: bool = True) -> None:
        """Switch a receiver; without ``catch_up``, its waiting deliveries are skipped."""
        given = {"receiver": receiver, "enabled": on, "catchUp": catch_up}
        self.ask("mutation ($i: SetReceiverEnabledInput!) { setReceiverEnabled(input: $i) { skipped } }", i=given)

    @contextmanager
    def without_slow_work(self) -> Iterator[None]:
        """Orders placed meanwhile are neither processed nor mailed about, now or later."""
        slow = ("processing", "notifications")
        for receiver in slow:
            self.switch(receiver, on=False)
        yield
        for receiver in slow:
            self.switch(receiver, on=True, catch_up=False)

    def settle(self, timeout_seconds: float = 180) -> None:
        """Wait until every receiver that is on has finished its work."""
        wait_until(self._is_settled, timeout_seconds=timeout_seconds, what="the receivers to be done")

    def _is_settled(self) -> bool:
        receivers = self.ask("{ receivers { enabled pending retrying } }")["receivers"]
        return not any(one["enabled"] and one["pending"] + one["retrying"] for one in receivers)

    def ask(self, query: str, **variables: object) -> Any:
        """The data of a GraphQL operation, sent without the browser."""
        body = {"query": query, "variables": variables}
        answer = self.http.post("/graphql/", json=body, headers=self.headers).json()
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    def orders_of(self, text: str) -> list[Any]:
        """The orders that a search finds, newest first: at most 100."""
        query = """query ($text: String!) { orders(first: 100, where: {text: $text}) { nodes {
            id number externalReference customerName status version total { amount currency } lines { sku quantity }
        } } }"""
        nodes: list[Any] = self.ask(query, text=text)["orders"]["nodes"]
        return nodes


class EmbeddedSite(Site):
    """The whole system by ``up``, open to any user of the machine."""

    def __init__(self, directory: Path, **settings: str) -> None:
        port = free_port()
        command = [sys.executable, str(ROOT / "manage.py"), "up", "--quiet", "--port", str(port)]
        env = fresh_environment(ORDERS_DATA_DIR=str(directory / "data"), **settings)
        super().__init__("up", command, port, directory, env)


class RefusingSite(EmbeddedSite):
    """The same, where the documents of ``ask`` are refused too."""

    def settle(self, timeout_seconds: float = 180) -> None:
        """Do not wait: whether the receivers are done can't be asked."""


class SeparateSite(Site):
    """Web and other processes, on PostgreSQL and Redis; a person signs in."""

    has_lab = False
    PERSON, PASSWORD = "ada", "to be typed by a test"

    def __init__(self, directory: Path, services: dict[str, str], others: Sequence[str]) -> None:
        self.production = Production(directory, "uvicorn", services)
        *rest, web = self.production.processes()
        self.others = [process for process in rest if process.name in others]
        super().__init__(web.name, web.command, self.production.port, directory, self.production.env)

    def start(self) -> None:
        """Start all of it and wait until it serves; the first time, with a person."""
        if not self.headers:
            self.headers = self.production.prepare(self._preparation()).headers
        for process in self.others:
            process.start()
        super().start()

    def stop(self, signum: int = signal.SIGTERM, *, timeout_seconds: float = END_SECONDS) -> int:
        """Stop all of it; return the web server's status."""
        for process in self.others:
            process.stop(signum, timeout_seconds=timeout_seconds)
        return super().stop(signum, timeout_seconds=timeout_seconds)

    def sign_in(self, page: Page, url: str) -> None:
        """Sign in as a person does: by name and password."""
        page.goto(f"{url}/login/")
        page.get_by_label("Name").fill(self.PERSON)
        page.get_by_label("Password").fill(self.PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"{url}/")

    def _preparation(self) -> str:
        """Code that collects the static files, and creates the person: an admin of the demo tenant, and a viewer."""
        return (
            "from django.core.management import call_command; "
            "from tenants.models import Membership, Tenant, User; "
            "call_command('collectstatic', interactive=False, verbosity=0); "
            f"person = User.objects.create_user({self.PERSON!r}, password={self.PASSWORD!r}); "
            "Membership.objects.create(user=person, tenant=Tenant.objects.get(slug='demo'), role='admin'); "
            "Membership.objects.create(user=person, tenant=Tenant.objects.create(slug='north', name='North'))"
        )


class Proxy(Process):
    """A proxy between page and server; stopping it cuts the network for the page alone."""

    def __init__(self, directory: Path, site: Site) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        program = ROOT / "tests" / "servers" / "proxies" / "tcp_proxy.py"
        ports = [str(self.port), "127.0.0.1", site.url.rpartition(":")[2]]
        super().__init__("proxy", [sys.executable, str(program), *ports], directory=directory)

    def start(self) -> None:
        """Start it and wait until it reaches the server."""
        super().start()
        self.wait_until_ready(lambda: listens(self.port))
