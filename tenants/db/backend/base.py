"""PostgreSQL, each of whose statements stands in the tenant of its context: what Python filters by, policies filter by.

``app.tenant_id`` is set for one transaction and in the same message as a statement, so it costs no round trip. A
statement outside a transaction is one together with its ``SET LOCAL``, as PostgreSQL has it for several statements in
one message; a transaction's BEGIN and ``SET LOCAL`` go with its first statement, which saves the round trip of BEGIN.
No connection keeps a tenant: one that is forgotten somewhere sees nothing, and a pooler may pool transactions.

In the same way a statement that can wait (:class:`tenants.db.deferred.Later`) is held back and goes with the next one,
or with the transaction's COMMIT.
"""

import re
from typing import TYPE_CHECKING, Any, Final

from django.db.backends.postgresql import base
from django.db.backends.utils import CursorWrapper, debug_transaction
from psycopg import ClientCursor
from psycopg.pq import TransactionStatus

from tenants.context import ACROSS, NOWHERE, current_reach
from tenants.db.deferred import Later

RELAY_ROLE: Final = "orders_relay"
"""The role that finds work across tenants. It cannot log in; each login of the system may become it for a statement."""
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
        if self.scopes is None:
            return super().execute(query, params, **options)
        if isinstance(query, Later) and not self.scopes.autocommit:
            text = self.mogrify(query, params)
            self._query = self._convert_query(text)  # Where Django's log looks for it.
            self.scopes.hold(text)
            return self
        lead = self.scopes.lead(query)
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
    """Where the open transaction stands, once all that is held back is sent."""
    held: Lead = ()
    """What is held back, to be sent before the open transaction's next statement."""

    def get_connection_params(self) -> dict[str, Any]:
        """Django's; psycopg never begins a transaction by itself."""
        return {**super().get_connection_params(), "cursor_factory": ScopedCursor, "autocommit": True}

    def _set_autocommit(self, autocommit: bool) -> None:
        """Leave psycopg as it is: Django's own note of it decides whether a statement is to begin a transaction."""

    def _commit(self) -> None:
        if not self.held:
            super()._commit()  # type: ignore[misc]  # the stubs leave private methods out
            return
        with debug_transaction(self, "COMMIT"), self.wrap_database_errors, self.create_cursor() as cursor:
            cursor.execute("COMMIT")

    def _rollback(self) -> None:
        self.held = ()
        super()._rollback()  # type: ignore[misc]

    def _close(self) -> None:
        self.held = ()
        super()._close()  # type: ignore[misc]

    def _savepoint_rollback(self, sid: str) -> None:
        self.held = ()  # It was held back since the savepoint: what came before that was sent with it.
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

    def hold(self, statement: str) -> None:
        """Have this sent before the open transaction's next statement."""
        self.held = (*self.lead(statement), statement)

    def lead(self, query: object) -> Lead:
        """What has to be sent before this statement: what is held back, and what makes it stand where it has to."""
        held, self.held = self.held, ()
        return (*held, *self._standing(query, has_begun=bool(held)))

    def _standing(self, query: object, *, has_begun: bool) -> Lead:
        status = IN_TRANSACTION if has_begun else self.connection.pgconn.transaction_status
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
    back = ("SET LOCAL role = DEFAULT",) if left in {ACROSS, UNKNOWN} else ()
    tenant = () if left == NOWHERE else ("SET LOCAL app.tenant_id = ''",)
    return (*back, *tenant, *setting(reach))
