"""The deployment under attack: PostgreSQL with the documented logins, Redis, two tenants, and a web process."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self
from urllib.parse import urlsplit, urlunsplit

from benchmarks.peers.tree import HERE
from tests.attack.attack import ATTACKING, MEASURED, Stage
from tests.attack.bulk_orders import fill
from tests.e2e.stack import WEB, Production, environment_of, is_ready
from tests.servers.processes import Process, free_port, listens
from tests.servers.products import PostgresServer, RedisServer
from tests.servers.proxies import delaying_proxy

LATE_SECONDS = 1.0
START_SECONDS = 90.0
END_SECONDS = 5.0


@dataclass
class Web:
    """A running web process, and the port of the second one if there are two."""

    process: Process
    port: int
    other_port: int = 0


@dataclass
class Deployment:
    """The servers and rows that all attacks of a run share."""

    directory: Path
    production: Production
    redis: RedisServer
    servers: list[str]
    tokens: dict[str, str]
    """Tokens by tenant and scope, such as ``measured all`` and ``attacking orders:read``."""
    started: int = 0

    @classmethod
    @contextmanager
    def prepared(cls, orders: int, say: Callable[[str], None]) -> Iterator[Self]:
        """Servers, tables, two tenants, their tokens, and so many orders of one of them."""
        with ExitStack() as stack:
            directory = Path(stack.enter_context(TemporaryDirectory(prefix="orders-attack-")))
            postgres = stack.enter_context(PostgresServer())
            redis = stack.enter_context(RedisServer())
            say(f"{postgres.describe()}, {redis.describe()}: making the tables")
            production = Production(directory, "uvicorn", environment_of(postgres.logins, redis.environment))
            printed = HERE.run("tests.servers.prepare", ATTACKING, MEASURED, environment=production.env)
            tokens: dict[str, str] = json.loads(printed)
            took = fill(postgres.url, ATTACKING, orders, say)
            say(f"{orders:,} orders of the tenant {ATTACKING!r} in {took:.0f} s")
            stack.enter_context(dispatching(production))
            yield cls(directory, production, redis, [postgres.describe(), redis.describe()], tokens)

    @contextmanager
    def web(self, server: str, stage: Stage) -> Iterator[Web]:
        """A new web process, with a second one if the stage has it; killed at the end, whatever it does."""
        with ExitStack() as stack:
            environment, other_port = {}, 0
            if stage is Stage.LATE_MESSAGES:
                environment = stack.enter_context(self.delayed_redis())
                other_port = stack.enter_context(self.one_web(server, {})).port
            web = stack.enter_context(self.one_web(server, environment))
            yield Web(web.process, web.port, other_port)

    @contextmanager
    def one_web(self, server: str, changes: dict[str, str]) -> Iterator[Web]:
        port = free_port()
        self.started += 1
        command = [sys.executable, *(part.format(port=port) for part in WEB[server])]
        env = self.production.env | changes
        process = Process(f"{server}-{self.started}", command, directory=self.directory, env=env)
        process.start()
        try:
            process.wait_until_ready(lambda: is_ready(f"http://127.0.0.1:{port}"), timeout_seconds=START_SECONDS)
            yield Web(process, port)
        finally:
            process.kill()

    @contextmanager
    def delayed_redis(self) -> Iterator[dict[str, str]]:
        """The settings by which a process gets notifications late."""
        target, port = urlsplit(self.redis.url), free_port()
        command = [sys.executable, delaying_proxy.__file__, str(port), str(target.hostname), str(target.port or 6379)]
        process = Process(f"delaying-proxy-{port}", [*command, str(LATE_SECONDS)], directory=self.directory)
        process.start()
        try:
            process.wait_until_ready(lambda: listens(port))
            yield {"REDIS_URL": urlunsplit(target._replace(netloc=f"127.0.0.1:{port}"))}
        finally:
            process.kill()


@contextmanager
def dispatching(production: Production) -> Iterator[None]:
    """A dispatcher for all web processes."""
    [dispatcher] = [process for process in production.processes() if process.name == "dispatcher"]
    dispatcher.start()
    try:
        yield
    finally:
        dispatcher.kill()
