"""PostgreSQL's database as one file: ``pg_dump``'s custom format."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db import connection

from config.backup.manifest import BackupError
from config.backup.programs import program, run
from tenants.db.backend.base import RELAY_ROLE
from tenants.db.roles import as_owner, grant, without_pool
from tenants.db.row_security import MAKE_RELAY_ROLE

LOGIN: Final = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
MAKE_LOGIN: Final = """\
The login {user!r} can't read all tenants' rows, so its backup would lack them. Have an administrator run, once:
    CREATE ROLE orders_backup LOGIN BYPASSRLS PASSWORD '…';
    GRANT pg_read_all_data TO orders_backup;
and set DATABASE_BACKUP_URL to this login's address."""
ACL_LINE: Final = re.compile(rf"(?:GRANT|REVOKE) .* (?:TO|FROM) (?:PUBLIC|{RELAY_ROLE});")
"""Rights that do not depend on the names of our logins. ``grant`` gives the others."""
TABLE: Final = re.compile(r"(?:dumping contents of|processing data for) table \"?(?:\w+\.)?(\w+)")
OURS: Final = """
SELECT format('DROP TABLE IF EXISTS %s CASCADE', oid::regclass) FROM pg_class
WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')
UNION ALL
SELECT format('DROP ROUTINE IF EXISTS %s CASCADE', oid::regprocedure) FROM pg_proc
WHERE pronamespace = current_schema()::regnamespace
    AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')
"""
OTHERS: Final = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND usename = %s AND pid <> pg_backend_pid()
"""
OnTable = Callable[[str], None]


def server_version() -> int:
    """The server's major version."""
    connection.ensure_connection()
    return int(connection.connection.info.server_version) // 10000


def backup_login() -> Mapping[str, Any]:
    """The login that reads all rows, if one is set."""
    return settings.DATABASE_BACKUP or settings.DATABASE_OWNER


@contextmanager
def reading() -> Iterator[None]:
    """Be connected as the login that makes backups inside.

    Raises:
        BackupError: it can't read all rows.
    """
    with without_pool(backup_login()):
        with connection.cursor() as cursor:
            cursor.execute(LOGIN)
            if cursor.fetchone() != (True,):
                raise BackupError(MAKE_LOGIN.format(user=connection.settings_dict["USER"]))
        yield


def tables() -> list[str]:
    """The tables of the database."""
    with connection.cursor() as cursor:
        return list(connection.introspection.table_names(cursor))


def dump(path: Path, on_table: OnTable) -> None:
    """Write the database, as it is at one moment, into a file; tell each table when it begins.

    Nothing waits for it, and it waits for migrations for a minute at most.
    """
    pg_dump = program("pg_dump", server=server_version())
    options = ["--format=custom", "--no-owner", "--verbose", "--lock-wait-timeout=60s", f"--file={path}"]
    follow(run(pg_dump, options, connection.settings_dict), on_table)


def follow(lines: Iterator[str], on_table: OnTable) -> None:
    """Read a program's lines to the end."""
    for line in lines:
        if found := TABLE.search(line):
            on_table(found[1])


def owning() -> Any:
    """Be connected as the tables' owner inside."""
    return as_owner(settings.DATABASE_OWNER)


def check_target(*, force: bool) -> None:
    """Check that the database is empty and that no process of ours uses it.

    Raises:
        BackupError: it is not.
    """
    app = settings.DATABASES["default"]["USER"]
    with connection.cursor() as cursor:
        cursor.execute(OTHERS, [app])
        others = cursor.fetchone()[0]
    if others and app != connection.settings_dict["USER"]:
        raise BackupError(f"{others} connections of {app!r} use the database. Stop web, worker and dispatcher first.")
    if tables() and not force:
        raise BackupError(f"The database has {len(tables())} tables already. --force removes them with all their data.")


def load(path: Path, on_table: OnTable) -> list[str]:
    """Replace what the database has by a file's contents, in one transaction; tell each table when it begins.

    Returns the statements that only an administrator may run (:func:`tenants.db.roles.grant`).
    """
    pg_restore = program("pg_restore", server=server_version())
    with connection.cursor() as cursor:
        cursor.execute(MAKE_RELAY_ROLE)
        cursor.execute(OURS)
        for (statement,) in cursor.fetchall():
            cursor.execute(statement)
    options = ["--no-owner", "--no-privileges", "--no-comments", "--exit-on-error", "--single-transaction", "--verbose"]
    follow(run(pg_restore, [*options, path], connection.settings_dict), on_table)
    with connection.cursor() as cursor:
        for statement in rights(pg_restore, path):
            cursor.execute(statement)
    app = settings.DATABASES["default"]["USER"]
    return grant(app) if app != connection.settings_dict["USER"] else []


def rights(pg_restore: Path, path: Path) -> list[str]:
    """The statements in the file that give rights to the dispatcher's role, and take them from PUBLIC."""
    lines = run(pg_restore, ["--schema-only", "--no-owner", "--file=-", path])
    return [line for line in lines if ACL_LINE.fullmatch(line)]
