"""The broker of a deployment: RabbitMQ behind a proxy that can be stopped, or our own Redis without persistence."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from celery import Celery

from tests.servers.processes import Process, free_port, listens
from tests.servers.products import RabbitServer, RedisServer
from tests.servers.proxies import tcp_proxy


@dataclass
class Broker:
    """A broker that can be stopped and started again."""

    description: str
    process: Process
    port: int
    environment: dict[str, str]
    queue: str
    transport_options: dict[str, Any]

    def kill(self) -> None:
        """Make it unreachable."""
        self.process.kill()

    def start(self) -> None:
        """Make it reachable again."""
        self.process.start()
        self.process.wait_until_ready(lambda: listens(self.port))

    def freeze(self) -> None:
        """Connections stay open and get no answer."""
        self.process.freeze()

    def thaw(self) -> None:
        """Make it answer again."""
        self.process.thaw()

    def sender(self) -> Celery:
        """A Celery that sends messages as the deployment does."""
        app = Celery("by-hand", broker=self.environment["BROKER_URL"], set_as_current=False)
        app.conf.update(task_default_queue=self.queue, broker_transport_options=self.transport_options)
        return app


@contextmanager
def rabbit(directory: Path) -> Iterator[Broker]:
    """RabbitMQ, given or found, through a proxy of ours.

    Raises:
        NoServer: there is no RabbitMQ.
    """
    with RabbitServer() as server:
        target, port = urlsplit(server.url), free_port()
        command: list[str | Path] = [
            sys.executable,
            tcp_proxy.__file__,
            str(port),
            str(target.hostname),
            str(target.port or 5672),
        ]
        process = Process("proxy-of-rabbitmq", command, directory=directory)
        user = f"{target.username}:{target.password}@" if target.username else ""
        url = urlunsplit(target._replace(netloc=f"{user}127.0.0.1:{port}"))
        environment = {"BROKER_URL": url, "CELERY_QUEUE": server.name}
        broker = Broker(server.describe(), process, port, environment, server.name, {})
        broker.start()
        try:
            yield broker
        finally:
            process.kill()


@contextmanager
def redis(channel_prefix: str) -> Iterator[Broker]:
    """Our own Redis, separate from the channel layer's."""
    with RedisServer(own=True) as server:
        port = urlsplit(server.url).port or 0
        options = {"global_keyprefix": f"{channel_prefix}:celery:"}
        yield Broker(server.describe(), server.process, port, {"BROKER_URL": server.url}, "orders", options)


@contextmanager
def broker_of(kind: str, directory: Path, *, channel_prefix: str) -> Iterator[Broker]:
    """RabbitMQ or Redis; for ``found``, RabbitMQ if there is one, otherwise Redis.

    Raises:
        NoServer: RabbitMQ was requested, and there is none.
    """
    if kind == "found":
        kind = "RabbitMQ" if RabbitServer.given() or RabbitServer().find() else "Redis"
    with rabbit(directory) if kind == "RabbitMQ" else redis(channel_prefix) as broker:
        yield broker
