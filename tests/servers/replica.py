"""A streaming replica of a PostgreSQL of ours, for tests."""

import shutil
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit, urlunsplit

import psycopg

from tests.servers.processes import Process, free_port
from tests.servers.products import PostgresServer, database_user

CONNECT_SECONDS = 2


class Replica:
    """A copy of the whole server that follows it; as a context manager. It can be killed, frozen and started again."""

    def __init__(self, primary: PostgresServer) -> None:
        self.primary = primary
        self.port = free_port()

    def __enter__(self) -> Self:
        self.directory = Path(tempfile.mkdtemp(prefix="orders-replica-"))
        user = database_user(self.directory)
        programs, data = self.primary.process.command[0], self.directory / "data"
        at = urlsplit(self.primary.address)
        source: list[str | Path] = ["-h", str(at.hostname), "-p", str(at.port), "-U", "postgres"]
        copying: list[str | Path] = [Path(programs).with_name("pg_basebackup"), *source, "-D", data]
        options = ["--write-recovery-conf", "--wal-method=stream", "--checkpoint=fast", "--no-sync"]
        copy = Process("copy", [*copying, *options], directory=self.directory, user=user)
        copy.start()
        assert copy.wait(timeout_seconds=60) == 0, copy.tail()
        command = [*self.primary.process.command, "-p", str(self.port)]
        command[command.index("-D") + 1] = str(data)
        self.process = Process("replica", command, directory=self.directory, user=user, temporary=True)
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.kill()
        shutil.rmtree(self.directory, ignore_errors=True)

    def start(self) -> None:
        """Start it, at first or after a kill, and wait until it answers."""
        self.process.start()
        self.process.wait_until_ready(self.answers)

    def answers(self) -> bool:
        """Whether the replica answers."""
        try:
            return self.run("SELECT pg_is_in_recovery()") == [(True,)]
        except psycopg.Error:
            return False

    def run(self, statement: str) -> list[tuple[Any, ...]]:
        """Run a statement there as the administrator."""
        with psycopg.connect(self.url_of(self.primary.address), connect_timeout=CONNECT_SECONDS, autocommit=True) as to:
            return to.execute(statement.encode()).fetchall()

    def url_of(self, url: str) -> str:
        """The address of a database of the primary, here."""
        parts = urlsplit(url)
        login = parts.netloc.rpartition("@")[0]
        return urlunsplit(parts._replace(netloc=f"{login}@127.0.0.1:{self.port}"))
