"""PgBouncer with the settings that we ship (deploy/pgbouncer/), in front of a PostgreSQL of the tests."""

import configparser
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from tests.environment import ROOT
from tests.servers.debian import program
from tests.servers.processes import Process, free_port, listens
from tests.servers.products import database_user

SHIPPED = ROOT / "deploy" / "pgbouncer" / "pgbouncer.ini"
PACKAGES = ("pgbouncer", "libc-ares2", "libevent-2.1-7")


@contextmanager
def pgbouncer(url: str, *, server_connections: int) -> Iterator[str]:
    """The address of this database through PgBouncer, which has so many connections to it.

    Raises:
        NoServer: there is no PgBouncer.
    """
    directory, port, at = Path(tempfile.mkdtemp(prefix="orders-pgbouncer-")), free_port(), urlsplit(url)
    try:
        user = database_user(directory)
        path, env = program("pgbouncer", PACKAGES, directory)
        settings = configparser.ConfigParser(comment_prefixes=(";",), interpolation=None)
        settings.read_string(SHIPPED.read_text())
        settings["databases"] = {at.path.strip("/"): f"host={at.hostname} port={at.port or 5432}"}
        (directory / "userlist.txt").write_text(f'"{at.username}" "{at.password}"\n')
        here = {"listen_addr": "127.0.0.1", "listen_port": str(port), "auth_file": str(directory / "userlist.txt")}
        settings["pgbouncer"].update({**here, "default_pool_size": str(server_connections), "unix_socket_dir": ""})
        with (directory / "pgbouncer.ini").open("w") as file:
            settings.write(file)
        command = [path, directory / "pgbouncer.ini"]
        process = Process("pgbouncer", command, directory=directory, env={**os.environ, **env}, user=user)
        process.start()
        process.wait_until_ready(lambda: listens(port))
        try:
            yield urlunsplit(at._replace(netloc=f"{at.username}:{at.password}@127.0.0.1:{port}"))
        finally:
            process.kill()
    finally:
        shutil.rmtree(directory, ignore_errors=True)
