"""On PostgreSQL each statement runs in the tenant of its context, and no connection keeps a tenant."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, OperationalError, ProgrammingError, connection, transaction
from django.test.utils import CaptureQueriesContext
from psycopg import ClientCursor
from psycopg.pq import TransactionStatus

from tenants.context import across_tenants, no_tenant, tenant_context
from tenants.db import sql
from tenants.db.backend import base
from tenants.db.backend.base import RELAY_ROLE, run
from tenants.models import Tenant
from tests import factories
from tests.servers.database_roles import DatabaseRoles

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True), pytest.mark.no_default_tenant]
A, B = uuid4(), uuid4()


def ask(statement: str) -> object:
    """The single value that a statement returns."""
    with connection.cursor() as cursor:
        cursor.execute(statement)
        row = cursor.fetchone()
        return row[0] if row else None


def tenant_seen() -> UUID | None:
    """The tenant whose rows the database would show."""
    seen = ask("SELECT nullif(current_setting('app.tenant_id', true), '')")
    return UUID(str(seen)) if seen else None


def test_statement_outside_a_transaction_runs_in_its_tenant_and_leaves_no_setting() -> None:
    with tenant_context(A):
        assert tenant_seen() == A
    with tenant_context(B):
        assert tenant_seen() == B

    assert tenant_seen() is None


def test_statement_with_parameters_gives_its_own_results() -> None:
    with tenant_context(A), connection.cursor() as cursor:
        cursor.execute("SELECT %s::int, 'a%%b' UNION ALL SELECT 2, 'c' ORDER BY 1", [1])

        assert cursor.description is not None
        assert cursor.rowcount == 2
        assert cursor.fetchall() == [(1, "a%b"), (2, "c")]


def test_transaction_runs_in_the_tenant_of_each_statement() -> None:
    with tenant_context(A), transaction.atomic():
        assert tenant_seen() == A
        with tenant_context(B):
            assert tenant_seen() == B
        with no_tenant():
            assert tenant_seen() is None
        with across_tenants():
            assert tenant_seen() is None
        assert tenant_seen() == A

    assert tenant_seen() is None


def test_tenant_is_set_again_after_a_savepoint_was_rolled_back() -> None:
    with transaction.atomic():
        assert tenant_seen() is None
        with tenant_context(A):
            with pytest.raises(ZeroDivisionError), transaction.atomic():
                assert tenant_seen() == A
                raise ZeroDivisionError
            assert tenant_seen() == A


def test_transaction_begins_with_its_first_statement() -> None:
    connection.ensure_connection()
    with tenant_context(A), transaction.atomic():
        assert connection.connection.info.transaction_status == TransactionStatus.IDLE
        ask("SELECT 1")
        assert connection.connection.info.transaction_status == TransactionStatus.INTRANS

    assert connection.connection.info.transaction_status == TransactionStatus.IDLE


def test_first_statement_of_a_transaction_is_rolled_back_with_it() -> None:
    with pytest.raises(ZeroDivisionError), tenant_context(A), transaction.atomic():
        factories.tenant(slug="never")
        raise ZeroDivisionError

    assert not Tenant.objects.filter(slug="never").exists()


def test_many_sets_of_parameters_are_one_transaction_too() -> None:
    statement = "UPDATE tenants_tenant SET name = %s WHERE slug = %s"
    before = factories.tenant(slug="before").name
    with pytest.raises(ZeroDivisionError), tenant_context(A), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.executemany(statement, [("changed", "before"), ("changed", "none")])
        raise ZeroDivisionError

    assert Tenant.objects.get(slug="before").name == before


def test_malformed_first_statement_leaves_the_connection_usable() -> None:
    with tenant_context(A):
        with pytest.raises(ProgrammingError), transaction.atomic():
            ask("SELEC 1")
        with pytest.raises(ProgrammingError):
            ask("SELECT nothing")

        assert tenant_seen() == A


def test_vacuum_runs_outside_of_a_transaction() -> None:
    with tenant_context(A), connection.cursor() as cursor:
        cursor.execute("VACUUM tenants_tenant")


def test_rows_are_iterated_over_in_their_tenant() -> None:
    with tenant_context(A):
        factories.tenant(slug="iterated")
        assert [one.slug for one in Tenant.objects.filter(slug="iterated").iterator(chunk_size=1)] == ["iterated"]


@pytest.fixture
def notes(database_roles: DatabaseRoles) -> Iterator[None]:
    """A table for the test. An administrator creates it, because the system's login may not."""
    whose = "whose text DEFAULT coalesce(current_setting('app.tenant_id', true), '')"
    with database_roles.administration() as database:
        database.execute(f"CREATE TABLE note (text text UNIQUE, {whose})")
        database.execute(f'GRANT ALL ON note TO "{database_roles.app}"')
        yield
        connection.close()
        database.execute("DROP TABLE note")


def note(text: str) -> None:
    """Write a note with a deferred statement."""
    sql.change_later("INSERT INTO note VALUES (%s)", text)


def noted() -> list[tuple[str, str]]:
    """The notes and their tenants."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT text, whose FROM note ORDER BY text")
        found: list[tuple[str, str]] = cursor.fetchall()
        return found


@pytest.fixture
def messages(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every message that is sent to the database."""
    sent: list[str] = []
    execute: Any = ClientCursor.execute

    def noting(self: ClientCursor[object], query: str, *given: object, **options: object) -> object:
        sent.append(query)
        return execute(self, query, *given, **options)

    def noting_run(raw: Any, statements: str) -> None:
        sent.append(statements)
        run(raw, statements)

    monkeypatch.setattr(ClientCursor, "execute", noting)
    monkeypatch.setattr(base, "run", noting_run)
    return sent


def test_deferred_statements_are_sent_with_the_commit(notes: None, messages: list[str]) -> None:
    messages.clear()
    with tenant_context(A), transaction.atomic():
        note("100 %")
        note("b")
        assert messages == []

    with_tenant = f"BEGIN;SET LOCAL app.tenant_id = '{A}'"
    assert messages == [f"{with_tenant};INSERT INTO note VALUES ('100 %');INSERT INTO note VALUES ('b');COMMIT"]
    assert noted() == [("100 %", str(A)), ("b", str(A))]
    assert connection.connection.info.transaction_status == TransactionStatus.IDLE


def test_a_read_sees_deferred_statements(notes: None) -> None:
    with tenant_context(A), transaction.atomic():
        note("a")
        assert noted() == [("a", str(A))]
        note("b")
        with connection.cursor() as cursor:
            cursor.executemany("UPDATE note SET text = %s WHERE text = %s", [("c", "b")])
        note("d")
        with connection.cursor() as cursor, cursor.copy("COPY (SELECT text FROM note ORDER BY 1) TO STDOUT") as copied:
            assert [row for (row,) in copied.rows()] == ["a", "c", "d"]


def test_each_deferred_statement_runs_in_the_tenant_of_its_call(notes: None) -> None:
    with transaction.atomic():
        with tenant_context(A):
            note("a")
        with tenant_context(B):
            note("b")
        with no_tenant():
            note("c")

    assert noted() == [("a", str(A)), ("b", str(B)), ("c", "")]


def test_deferred_statements_are_rolled_back_with_their_transaction(notes: None) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        note("a")
        raise ZeroDivisionError

    with transaction.atomic():
        note("b")
    assert [text for text, _ in noted()] == ["b"]


def test_deferred_statements_are_rolled_back_with_their_savepoint(notes: None) -> None:
    with transaction.atomic():
        note("kept")
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            note("lost")
            raise ZeroDivisionError
        note("kept too")

    assert [text for text, _ in noted()] == ["kept", "kept too"]


def test_error_of_a_deferred_statement_comes_with_the_commit_and_keeps_nothing(notes: None) -> None:
    with pytest.raises(IntegrityError, match="note_text_key"), transaction.atomic():
        note("a")
        note("a")

    assert noted() == []
    with transaction.atomic():
        note("a")
    assert len(noted()) == 1


def test_connection_that_is_lost_before_the_commit_gives_an_operational_error(
    notes: None, database_roles: DatabaseRoles
) -> None:
    with pytest.raises(OperationalError), transaction.atomic():
        pid = ask("SELECT pg_backend_pid()")
        note("lost")
        with database_roles.administration() as database:
            database.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])

    connection.close()
    assert noted() == []


def test_error_of_a_deferred_statement_comes_with_its_savepoint(notes: None) -> None:
    with transaction.atomic():
        note("a")
        with pytest.raises(IntegrityError), transaction.atomic():
            note("a")
        note("b")

    assert [text for text, _ in noted()] == ["a", "b"]


def test_no_statement_is_deferred_outside_of_a_transaction(notes: None) -> None:
    note("a")

    assert [text for text, _ in noted()] == ["a"]


def test_closed_connection_keeps_no_deferred_statement(notes: None) -> None:
    with pytest.raises(ProgrammingError, match="Cannot open a new connection"), transaction.atomic():
        note("lost")
        connection.close()
        ask("SELECT 1")

    with transaction.atomic():
        assert noted() == []


def test_deferred_statements_are_in_the_log_of_statements(notes: None) -> None:
    with CaptureQueriesContext(connection) as seen, transaction.atomic():
        note("a")

    assert [query["sql"] for query in seen if "note" in query["sql"]] == ["INSERT INTO note VALUES ('a')"]


def test_role_that_the_deployment_sets_is_restored(database_roles: DatabaseRoles) -> None:
    """A login can be given a role by ``options=-c role=…`` or by ALTER ROLE."""
    connection.close()
    options = dict(connection.settings_dict["OPTIONS"])
    connection.settings_dict["OPTIONS"] = {"options": f"-c role={database_roles.tamperer}"}
    try:
        with tenant_context(A), transaction.atomic():
            assert ask("SELECT current_user") == database_roles.tamperer
            with across_tenants():
                assert ask("SELECT current_user") == RELAY_ROLE
            assert ask("SELECT current_user") == database_roles.tamperer
        assert ask("SELECT current_user") == database_roles.tamperer
    finally:
        connection.close()
        connection.settings_dict["OPTIONS"] = options
