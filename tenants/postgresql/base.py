"""PostgreSQL, each of whose statements stands in the tenant of its context: what Python filters by, policies filter by.

``app.tenant_id`` is set for one transaction and in the same message as a statement, so it costs no round trip. A
statement outside a transaction is one together with its ``SET LOCAL``, as PostgreSQL has it for several statements in
one message; a transaction's BEGIN and ``SET LOCAL`` go with its first statement, which saves the round trip of BEGIN.
No connection keeps a tenant: one that is forgotten somewhere sees nothing, and a pooler may pool transactions.
"""

import re
from typing import TYPE_CHECKING, Any, Final

from django.db.backends.postgresql import base
from django.db.backends.utils import CursorWrapper
from psycopg import ClientCursor
from psycopg.pq import TransactionStatus

from tenants.context import ACROSS, NOWHERE, current_reach

RELAY_ROLE: Final = "orders_relay"
"""Who finds work across tenants: nobody logs in with it, every login of the system may become it for a statement."""
ROWS: Final = re.compile(r"[\s(]*(?:SELECT|INSERT|UPDATE|DELETE|WITH|MERGE|EXPLAIN|VALUES|TABLE)\b", re.IGNORECASE)
IDLE: Final = TransactionStatus.IDLE
IN_TRANSACTION: Final = TransactionStatus.INTRANS
UNKNOWN: Final = "?"
Lead = tuple[str, ...]
"""Statements to be sent before another."""


if TYPE_CHECKING:
    Cursor = ClientCursor[Any]  # which Django's is
else:
    Cursor = base.Cursor


class ScopedCursor(Cursor):
    """Sends, in one message with a statement, what makes it stand where its context says."""

    scopes: "DatabaseWrapper | None" = None

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        """Run a statement; its results are the cursor's, not those of what was sent before it."""
        lead = self.scopes.lead(query) if self.scopes is not None else ()
        if not lead:
            return super().execute(query, params, **options)
        text = query if params is None else self.mogrify(query, params)
        super().execute(";".join((*lead, text)), **options)
        for _ in lead:
            self.nextset()
        return self

    def executemany(self, query: Any, params_seq: Any, **options: Any) -> Any:
        """Run a statement with several sets of parameters."""
        self._lead_alone()
        return super().executemany(query, params_seq, **options)

    def copy(self, statement: Any, params: Any = None, **options: Any) -> Any:
        """Begin a COPY."""
        self._lead_alone()
        return super().copy(statement, params, **options)

    def _lead_alone(self) -> None:
        """Make the open transaction stand where it has to; what can't share a message sees no tenant outside of one."""
        if self.scopes is not None and not self.scopes.autocommit:
            self.execute("SELECT")


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's, whose transactions begin with their first statement, and whose statements have a reach."""

    reach: str = NOWHERE
    """Where the open transaction stands."""

    def get_connection_params(self) -> dict[str, Any]:
        """Django's; psycopg never begins a transaction by itself."""
        return {**super().get_connection_params(), "cursor_factory": ScopedCursor, "autocommit": True}

    def _set_autocommit(self, autocommit: bool) -> None:
        """Leave psycopg as it is: Django's own note of it decides whether a statement is to begin a transaction."""

    def _savepoint_rollback(self, sid: str) -> None:
        super()._savepoint_rollback(sid)  # type: ignore[misc]  # the stubs leave private methods out
        self.reach = UNKNOWN  # What was set since the savepoint is undone.

    def create_cursor(self, name: str | None = None) -> Any:
        """A cursor whose statements have a reach."""
        cursor = super().create_cursor(name)
        cursor.scopes = self
        return cursor

    def chunked_cursor(self) -> CursorWrapper:
        """An ordinary cursor: one of the server's can't share a message with what gives it its reach."""
        return self.cursor()

    def lead(self, query: object) -> Lead:
        """What has to be sent before this statement, so that it stands where the context says."""
        status = self.connection.pgconn.transaction_status
        wanted = current_reach()
        if status == IDLE:
            if self.autocommit:
                return setting(wanted) if wanted and isinstance(query, str) and ROWS.match(query) else ()
            self.reach = wanted
            return ("BEGIN", *setting(wanted))
        if wanted == self.reach or status != IN_TRANSACTION:
            return ()
        left, self.reach = self.reach, wanted
        return changing(left, wanted)


def setting(reach: str) -> Lead:
    """From nowhere to there."""
    if reach == ACROSS:
        return (f"SET LOCAL ROLE {RELAY_ROLE}",)
    return (f"SET LOCAL app.tenant_id = '{reach}'",) if reach else ()


def changing(left: str, reach: str) -> Lead:
    """From one to another, within a transaction."""
    back = ("SET LOCAL ROLE NONE",) if left in {ACROSS, UNKNOWN} else ()
    tenant = () if left == NOWHERE else ("SET LOCAL app.tenant_id = ''",)
    return (*back, *tenant, *setting(reach))
