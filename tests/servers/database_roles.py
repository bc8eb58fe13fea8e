"""The logins of a PostgreSQL test database: one that owns the tables, and one that the system uses.

The latter may become a third one, which may change and remove audit records and events: tests tamper as that role.
"""

import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import urlsplit, urlunsplit

import psycopg
from django.db import connection
from psycopg import sql

from tenants.db.backend.base import RELAY_ROLE

CONNECT_SECONDS = 2
MOMENT = 0.05


class DatabaseRoles:
    """Two logins of a server, created by its administrator; ``drop`` them when their databases are gone."""

    def __init__(self, administrator: str, name: str) -> None:
        self.administrator = administrator
        self.owner, self.app = f"{name}_owner", f"{name}_app"
        self.tamperer = f"{name}_tamperer"
        self.password = secrets.token_hex(16)

    def create(self) -> None:
        """Create them, and the dispatcher's role, which all databases of a server share; or take a killed run's."""
        self._as_administrator(self._create)

    def _create(self, server: psycopg.Connection) -> None:
        for role in (RELAY_ROLE, self.owner, self.app, self.tamperer):
            with suppress(psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation), server.transaction():
                server.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(role)))
        for role, rights in ((self.owner, "LOGIN INHERIT CREATEDB"), (self.app, "LOGIN NOINHERIT")):
            may = sql.SQL("ALTER ROLE {} {} PASSWORD {}")
            server.execute(may.format(sql.Identifier(role), sql.SQL(rights), sql.Literal(self.password)))
            server.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(RELAY_ROLE), sql.Identifier(role)))
        server.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(self.tamperer), sql.Identifier(self.app)))

    def commit_without_waiting(self) -> None:
        """Commits of these logins do not wait for the disk: a server that crashes may lose the last commits."""
        for role in (self.owner, self.app):
            setting = sql.SQL("ALTER ROLE {} SET synchronous_commit = off").format(sql.Identifier(role))
            self._as_administrator(lambda server, setting=setting: server.execute(setting))

    def let_tamper(self) -> None:
        """Let the tamperer change what the system's login may not; the owner must call this."""
        with connection.cursor() as cursor:
            cursor.execute(
                f'GRANT ALL ON audit_auditlog, audit_audithead, events_event, orders_bypass TO "{self.tamperer}"'
            )
            cursor.execute(f'GRANT SELECT ON tenants_tenant, events_stream TO "{self.tamperer}"')

    def drop(self) -> None:
        """Drop them, if they exist."""
        for role in (self.tamperer, self.app, self.owner):
            self._as_administrator(
                lambda server, role=role: server.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(role)))
            )

    def _as_administrator(self, work: Callable[[psycopg.Connection], object]) -> None:
        """Other runs create roles on this server, too: PostgreSQL refuses simultaneous changes."""
        for last_try in [False] * 40 + [True]:
            try:
                with psycopg.connect(self.administrator, connect_timeout=CONNECT_SECONDS) as server:
                    work(server)
                    return
            except psycopg.errors.InternalError_:  # "tuple concurrently updated"
                if last_try:
                    raise
                time.sleep(MOMENT)

    def administration(self) -> psycopg.Connection:
        """The administrator's connection to the tests' database, each of whose statements is a transaction."""
        address = urlunsplit(urlsplit(self.administrator)._replace(path=f"/{connection.settings_dict['NAME']}"))
        return psycopg.connect(address, connect_timeout=CONNECT_SECONDS, autocommit=True)

    def url(self, role: str, database: str) -> str:
        """The address by which this role logs in."""
        parts = urlsplit(self.administrator)
        where = f"{role}:{self.password}@{parts.hostname}:{parts.port or 5432}"
        return urlunsplit(parts._replace(netloc=where, path=f"/{database}"))

    def log_in(self, role: str) -> None:
        """Every connection that this process opens from now on uses this role."""
        connection.close()
        connection.close_pool()  # type: ignore[attr-defined]  # PostgreSQL has one
        connection.settings_dict.update(USER=role, PASSWORD=self.password)
