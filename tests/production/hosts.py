"""The production shape for tests: two web processes, each on a host that can be cut off, behind a proxy."""

import os
import re
import signal
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import psycopg

from tests.e2e.shop import Shop
from tests.e2e.stack import Production, environment_of, is_ready
from tests.environment import ROOT
from tests.faults.brokers import broker_of
from tests.production.namespace import Place, Way, a_place
from tests.servers.debian import program
from tests.servers.processes import Process, free_port, listens, wait_until
from tests.servers.products import PostgresServer, RedisServer
from tests.servers.proxies import web_proxy

Server = Literal["PostgreSQL", "Redis"]
START_SECONDS = 180
END_SECONDS = 40
"""The grace that the platform gives: Kubernetes' in deploy/."""
SEQUENCES = "SELECT count(*), min(sequence), max(sequence) FROM events_event"
ORDERS = """
SELECT count(*), count(DISTINCT o.id) FROM orders_order o
JOIN events_event e ON e.order_id = o.id AND e.type = 'order.created' WHERE o.customer_email LIKE %(like)s
"""
UNFINISHED = """
SELECT (SELECT count(*) FROM events_event WHERE sequence IS NULL)
     + (SELECT count(*) FROM events_delivery WHERE status IN ('PENDING', 'RUNNING', 'RETRYING'))
"""
HOST = "127.0.0.1"
PACKAGES = ("haproxy", "liblua5.3-0", "libopentracing-c-wrapper0", "libopentracing1")
MOST_CLIENTS = 2_500
"""Each takes two descriptors of the proxy, and a machine for tests may not have as many as production."""
STATES = "listen states\n    bind 127.0.0.1:{port}\n    stats enable\n    stats uri /\n"
"""Where HAProxy tells which servers it uses."""
USED = re.compile(r"^web,web-\d,.*,UP,", re.MULTILINE)
SHIPPED = ROOT / "deploy" / "haproxy" / "haproxy.cfg"
VARIABLES: dict[Server, str] = {"PostgreSQL": "DATABASE_URL", "Redis": "REDIS_URL"}


@dataclass
class Host:
    """A web process, which can be cut off from PostgreSQL and Redis."""

    name: str
    web: Process
    shop: Shop
    ways: dict[Server, Way]
    place: Place

    def start(self) -> None:
        """Start the web process."""
        self.web.start()

    def wait_until_ready(self) -> None:
        """Wait until it is ready."""
        self.web.wait_until_ready(lambda: is_ready(self.shop.address), timeout_seconds=START_SECONDS)

    def end(self) -> None:
        """Send it SIGTERM, and wait for its end with status 0 within the grace."""
        status = self.web.stop(signal.SIGTERM, timeout_seconds=END_SECONDS)
        assert status == 0, f"{self.name} ended with status {status}:\n{self.web.tail()}"

    @contextmanager
    def cut_off(self, *servers: Server) -> Iterator[None]:
        """No byte passes between this host and these servers inside; connections stay open."""
        for one in servers:
            self.ways[one].freeze()
        try:
            yield
        finally:
            for one in servers:
                self.ways[one].thaw()


@dataclass
class Hosts:
    """The whole system."""

    postgres: PostgresServer
    redis: RedisServer
    broker: str
    web: list[Host]
    others: list[Process]
    shop: Shop
    """The proxy in front."""
    production: Production
    states: str
    """The address at which the proxy tells which web processes it uses; empty if it tries each."""

    def wait_until_used(self) -> None:
        """Wait until each web process is ready, and the proxy sends requests to it."""
        for host in self.web:
            host.wait_until_ready()
        if self.states:
            wait_until(self.are_used, timeout_seconds=START_SECONDS, what="the proxy to use each web process")

    def are_used(self) -> bool:
        """Whether the proxy sends requests to each web process."""
        with urllib.request.urlopen(self.states, timeout=10) as answer:
            return len(USED.findall(answer.read().decode())) == len(self.web)

    def describe(self) -> str:
        """The servers that it runs on."""
        return f"{self.postgres.describe()}, {self.redis.describe()}, broker {self.broker}"

    def rows(self, query: str, **parameters: Any) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        with psycopg.connect(self.postgres.url, connect_timeout=5, autocommit=True) as connection:
            return connection.execute(query.encode(), parameters).fetchall()

    def head(self) -> int:
        """The sequence of the newest event, once all events have one and there is no gap."""
        wait_until(self.is_numbered, timeout_seconds=60, what="all events to be numbered")
        ((number, _, head),) = self.rows(SEQUENCES)
        assert (head or 0) == number
        return int(number)

    def newest(self) -> int:
        """The sequence of the newest event that has one."""
        return int(self.rows("SELECT max(sequence) FROM events_event")[0][0])

    def is_numbered(self) -> bool:
        """Whether each event has its sequence."""
        return self.rows("SELECT count(*) FROM events_event WHERE sequence IS NULL") == [(0,)]

    def settled_head(self) -> int:
        """The sequence of the newest event, once no delivery is left to do, so that there will be no other."""
        wait_until(lambda: self.rows(UNFINISHED) == [(0,)], timeout_seconds=120, what="all deliveries")
        return self.head()

    def assert_orders(self, like: str, number: int) -> None:
        """So many orders exist, with one event of their creation each."""
        assert self.rows(ORDERS, like=like) == [(number, number)]


def proxy_of(kind: str, port: int, states: int, targets: list[str], directory: Path) -> Process:
    """The proxy in front of the web processes: ours, or HAProxy with the configuration that we ship.

    Raises:
        NoServer: there is no HAProxy.
    """
    if kind == "ours":
        return Process("proxy", [sys.executable, web_proxy.__file__, str(port), *targets], directory=directory)
    haproxy, env = program("haproxy", PACKAGES, directory / "haproxy")
    settings = re.sub(r"bind .*", f"bind 127.0.0.1:{port}", SHIPPED.read_text()).replace("orders.example.com", HOST)
    settings = settings.replace("maxconn 20000", f"maxconn {MOST_CLIENTS}")
    servers = iter(targets)
    settings = re.sub(r"(server web-\d) .*", lambda found: f"{found[1]} {next(servers)}", settings)
    (directory / "haproxy.cfg").write_text(settings + STATES.format(port=states))
    return Process("proxy", [haproxy, "-f", directory / "haproxy.cfg"], directory=directory, env={**os.environ, **env})


@contextmanager
def hosts(
    directory: Path,
    server: str = "uvicorn",
    *,
    workers: int = 0,
    proxied_by: str = "ours",
    apart: bool = False,
    **settings: str,
) -> Iterator[Hosts]:
    """Two hosts, a dispatcher, so many workers, and the proxy, all ready; at the end each process has status 0.

    ``apart``: the first is a network namespace, if one can be made. It has no broker, which web processes do without.
    """
    with ExitStack() as stack:
        postgres = stack.enter_context(PostgresServer(own=True))
        redis = stack.enter_context(RedisServer(own=True))
        broker = stack.enter_context(broker_of("found", directory, channel_prefix=redis.name))
        services = environment_of(postgres.logins, redis.environment, broker.environment)
        first = Production(directory, server, services)
        token = first.prepare().token
        web, others = [], []
        for number, copy in enumerate((first, Production(directory, server, services)), start=1):
            place = stack.enter_context(a_place(directory)) if apart and number == 1 else Place(directory)
            ways: dict[Server, Way] = {}
            env = copy.env | settings | {"ALLOWED_HOSTS": f"{HOST},{place.address}"}
            for index, (product, variable) in enumerate(VARIABLES.items(), start=1):
                ways[product], env[variable] = stack.enter_context(place.way(index, services[variable]))
            worker, dispatcher, process = copy.processes()
            process.name, process.env = f"web-{number}", env
            process.command = place.inside([part.replace(HOST, place.address) for part in process.command])
            shop = Shop(f"http://{place.address}:{copy.port}", token, 0.2)
            web.append(Host(process.name, process, shop, ways, place))
            worker.name, dispatcher.name = f"worker-{number}", f"dispatcher-{number}"
            others += [worker] * (number <= workers) + [dispatcher] * (number == 1)
        port, states = free_port(), free_port()
        proxy = proxy_of(proxied_by, port, states, [host.shop.address.rpartition("/")[2] for host in web], directory)
        stack.callback(proxy.kill)
        for process in (proxy, *others, *(host.web for host in web)):
            process.start()
            stack.callback(end_well, process)
        proxy.wait_until_ready(lambda: listens(port))
        shop = replace(web[0].shop, address=f"http://{HOST}:{port}")
        told = "" if proxied_by == "ours" else f"http://{HOST}:{states}/;csv"
        system = Hosts(postgres, redis, broker.description, web, others, shop, first, told)
        system.wait_until_used()
        yield system


def end_well(process: Process) -> None:
    """End a process by SIGTERM with status 0; a proxy has no such end, and what has ended has been checked."""
    if process.name == "proxy" or not process.running:
        process.kill()
        return
    status = process.stop(signal.SIGTERM, timeout_seconds=END_SECONDS)
    assert status == 0, f"{process.name} ended with status {status}:\n{process.tail()}"
