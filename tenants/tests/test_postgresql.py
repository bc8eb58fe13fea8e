"""On PostgreSQL each statement stands in the tenant of its context, and no connection keeps one."""

from uuid import UUID, uuid4

import pytest
from django.db import ProgrammingError, connection, transaction
from psycopg.pq import TransactionStatus

from tenants.context import across_tenants, no_tenant, tenant_context
from tenants.models import Tenant
from tests import factories

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True), pytest.mark.no_default_tenant]
A, B = uuid4(), uuid4()


def ask(statement: str) -> object:
    """The one value that a statement answers with."""
    with connection.cursor() as cursor:
        cursor.execute(statement)
        row = cursor.fetchone()
        return row[0] if row else None


def tenant_seen() -> UUID | None:
    """Whose rows the database would show."""
    seen = ask("SELECT nullif(current_setting('app.tenant_id', true), '')")
    return UUID(str(seen)) if seen else None


def test_statement_outside_a_transaction_stands_in_its_tenant_and_leaves_nothing_behind() -> None:
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


def test_transaction_stands_in_the_tenant_of_each_statement() -> None:
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


def test_malformed_first_statement_leaves_a_connection_to_go_on_with() -> None:
    with tenant_context(A):
        with pytest.raises(ProgrammingError), transaction.atomic():
            ask("SELEC 1")
        with pytest.raises(ProgrammingError):
            ask("SELECT nothing")

        assert tenant_seen() == A


def test_what_cannot_run_in_a_transaction_runs_outside_of_one() -> None:
    with tenant_context(A), connection.cursor() as cursor:
        cursor.execute("VACUUM tenants_tenant")


def test_rows_are_iterated_over_in_their_tenant() -> None:
    with tenant_context(A):
        factories.tenant(slug="iterated")
        assert [one.slug for one in Tenant.objects.filter(slug="iterated").iterator(chunk_size=1)] == ["iterated"]
