"""PostgreSQL, where each statement runs in the tenant of its context: policies filter by the same tenant as managers.

``app.tenant_id`` is set for one transaction and in the same message as a statement, so it costs no round trip. A
statement outside a transaction forms one with its ``SET LOCAL``, as PostgreSQL does for several statements in one
message; a transaction's BEGIN and ``SET LOCAL`` go with its first statement, which saves the round trip of BEGIN. No
connection keeps a tenant: code that forgets the context sees no rows, and a pooler may pool transactions.

In the same way a deferred statement (:meth:`DatabaseWrapper.defer`) is kept and goes with the next one, or with the
transaction's COMMIT. Where reads may use a replica (:mod:`tenants.db.replica.reading`), the message of a COMMIT
also asks for the position of the write-ahead log after it.
"""

import re
from collections.abc import Callable, Collection, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Final

from django.db import DEFAULT_DB_ALIAS
from django.db.backends.postgresql import base
from django.db.backends.utils import CursorWrapper, debug_transaction
from psycopg import ClientCursor, Connection, OperationalError
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus

from tenants.context import ACROSS, NOWHERE, current_reach
from tenants.db.backend.literals import WRITERS

RELAY_ROLE: Final = "orders_relay"
"""The role that finds work across tenants. It cannot log in; each login of the system may become it for a statement."""
ROWS: Final = re.compile(r"[\s(]*(?:SELECT|INSERT|UPDATE|DELETE|WITH|MERGE|EXPLAIN|VALUES|TABLE)\b", re.IGNORECASE)
WRITES: Final = re.compile(r"[\s(]*(?:INSERT|UPDATE|DELETE|WITH|MERGE)\b", re.IGNORECASE)
POSITION: Final = "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint"
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
    """Sends, in one message with a statement, the settings of its context."""

    scopes: "DatabaseWrapper | None" = None

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        """Run a statement; the cursor has its results, not those of the statements sent before it."""
        if self.scopes is None:
            return super().execute(query, params, **options)
        lead = self.scopes.lead(query)
        if lead:
            text = query if params is None else self.mogrify(query, params)
            super().execute(";".join((*lead, text)), **options)
            for _ in lead:
                self.nextset()
        else:
            super().execute(query, params, **options)
        if self.scopes.tells_commits and self.scopes.autocommit and isinstance(query, str) and WRITES.match(query):
            self.scopes.tell_commit({current_reach()}, POSITION)
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
        """Set the open transaction's tenant; outside of one, a statement that can't share a message sees none."""
        if self.scopes is not None and not self.scopes.autocommit:
            self.execute("SELECT")


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's, whose transactions begin with their first statement, and whose statements have a reach."""

    reach: str = NOWHERE
    """The tenant of the open transaction, once all deferred statements are sent."""
    held: Lead = ()
    """The deferred statements, to be sent before the open transaction's next statement."""
    committed: ClassVar[Callable[[Collection[str], int], None] | None] = None
    """Called after each commit: with the tenants whose rows it may have written, and the log's position in bytes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reached: set[str] = set()
        """The tenants of the open transaction so far."""

    def get_connection_params(self) -> dict[str, Any]:
        """Django's method; psycopg never begins a transaction by itself."""
        return {**super().get_connection_params(), "cursor_factory": ScopedCursor, "autocommit": True}

    def _set_autocommit(self, autocommit: bool) -> None:
        """Leave psycopg as it is: Django's own note of it decides whether a statement is to begin a transaction."""

    def _commit(self) -> None:
        has_begun = bool(self.held) or (self.connection and self.connection.pgconn.transaction_status != IDLE)
        if self.tells_commits and has_begun:
            reached, self.reached = self.reached, set()
            with debug_transaction(self, "COMMIT"), self.wrap_database_errors:
                self.tell_commit(reached, f"COMMIT;{POSITION}")
        elif self.held:
            with debug_transaction(self, "COMMIT"), self.wrap_database_errors:
                run(self.connection, ";".join((*self.lead("COMMIT"), "COMMIT")))
        else:
            super()._commit()  # type: ignore[misc]  # the stubs leave private methods out

    @property
    def tells_commits(self) -> bool:
        """Whether the positions of this connection's commits are wanted."""
        return type(self).committed is not None and self.alias == DEFAULT_DB_ALIAS

    def tell_commit(self, tenants: Collection[str], statement: str) -> None:
        """Run a statement whose last result is the log's position, and tell the position."""
        with self.create_cursor() as cursor:
            cursor.execute(statement)
            while cursor.nextset():
                pass
            [position] = cursor.fetchone()
        if listener := type(self).committed:
            listener({tenant for tenant in tenants if tenant not in {NOWHERE, ACROSS}}, position)

    def _rollback(self) -> None:
        self.held = ()
        self.reached.clear()
        super()._rollback()  # type: ignore[misc]

    def _close(self) -> None:
        self.held = ()
        self.reached.clear()
        super()._close()  # type: ignore[misc]

    def _savepoint_rollback(self, sid: str) -> None:
        self.held = ()  # It was deferred after the savepoint: earlier statements were sent with the savepoint.
        super()._savepoint_rollback(sid)  # type: ignore[misc]  # the stubs leave private methods out
        self.reach = UNKNOWN  # Settings made after the savepoint are undone.

    def create_cursor(self, name: str | None = None) -> Any:
        """A cursor whose statements have a reach."""
        cursor = super().create_cursor(name)
        cursor.scopes = self
        return cursor

    def chunked_cursor(self) -> CursorWrapper:
        """An ordinary cursor: a server-side cursor can't share a message with the settings of its context."""
        return self.cursor()

    def defer(self, statement: str) -> None:
        """Have this sent, within a transaction, together with its next statement or with its COMMIT.

        PostgreSQL accepts several statements in one message (its simple query protocol), which saves a round trip for
        each but the last. An error of such a statement is raised by the statement that it is sent with: catch it around
        the transaction or the savepoint. A later read sees its effect, because it is sent first. No cursor is made:
        Django's wrappers of statements are called with None in its place.
        """
        if self.connection is None:
            self.ensure_connection()
        if self.needs_rollback:
            self.validate_no_broken_transaction()
        execute: Callable[..., None] = self._hold
        for wrapper in reversed(self.execute_wrappers):
            execute = partial(wrapper, execute)
        execute(statement, None, False, {"connection": self, "cursor": None})

    def defer_setting(self, setting: str) -> None:
        """Have this SET LOCAL sent in the same way. Like those of a context, it is in no log."""
        if self.connection is None:
            self.ensure_connection()
        self.held = (*self.lead(setting), setting)

    def _hold(self, statement: str, *_: object) -> None:
        if self.queries_logged:
            with debug_transaction(self, statement):
                pass  # It is in Django's log.
        self.held = (*self.lead(statement), statement)

    def literals(self, values: Iterable[Any]) -> list[str]:
        """The values as parts of a statement's text, written as psycopg writes them."""
        values = list(values)
        written = [WRITERS[type(value)](value) for value in values]
        if None not in written:
            return written  # type: ignore[return-value]  # as it was asked
        with self.wrap_database_errors, self.create_cursor() as cursor:
            return [text or cursor.mogrify("%s", [value]) for text, value in zip(written, values, strict=True)]

    def lead(self, query: object) -> Lead:
        """The statements to send before this one: deferred statements, and the settings of its context."""
        held, self.held = self.held, ()
        return (*held, *self._context_settings(query, has_begun=bool(held)))

    def _context_settings(self, query: object, *, has_begun: bool) -> Lead:
        status = IN_TRANSACTION if has_begun else self.connection.pgconn.transaction_status
        wanted = current_reach()
        if status == IDLE:
            if self.autocommit:
                return setting(wanted) if wanted and isinstance(query, str) and ROWS.match(query) else ()
            self.reach = wanted
            self.reached = {wanted}
            return ("BEGIN", *setting(wanted))
        if wanted == self.reach or status != IN_TRANSACTION:
            return ()
        self.reached.add(wanted)
        left, self.reach = self.reach, wanted
        return changing(left, wanted)


def run(connection: Connection[Any], statements: str) -> None:
    """Run statements whose results are not needed, by libpq alone: a cursor, and its results, cost a tenth of an order.

    Raises:
        psycopg.Error: the error of the first statement that fails, as a cursor raises it.
    """
    result = connection.pgconn.exec_(statements.encode())  # Django's connections speak UTF-8.
    if result.status == ExecStatus.FATAL_ERROR:
        if connection.pgconn.status == ConnStatus.BAD:
            raise OperationalError(result.get_error_message())
        raise error_from_result(result)


def setting(reach: str) -> Lead:
    """From no tenant to this one."""
    if reach == ACROSS:
        return (f"SET LOCAL ROLE {RELAY_ROLE}",)
    return (f"SET LOCAL app.tenant_id = '{reach}'",) if reach else ()


def changing(left: str, reach: str) -> Lead:
    """From one tenant to another, within a transaction."""
    back = ("SET LOCAL role = DEFAULT",) if left in {ACROSS, UNKNOWN} else ()
    tenant = () if left == NOWHERE else ("SET LOCAL app.tenant_id = ''",)
    return (*back, *tenant, *setting(reach))
