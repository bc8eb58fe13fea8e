"""The database refuses to change or remove records, in whatever way, unless the transaction is unlocked."""

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from audit.lock import execute, unlocked
from audit.models import AuditHead, AuditLog
from audit.tests.tampering import as_tamperer, write

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

STATEMENTS = [
    "UPDATE audit_auditlog SET action = 'X'",
    "UPDATE audit_auditlog SET metadata = '{}' WHERE position = 1",
    "DELETE FROM audit_auditlog",
    pytest.param("REPLACE INTO audit_auditlog SELECT * FROM audit_auditlog", marks=pytest.mark.sqlite),
]


@pytest.mark.parametrize("statement", STATEMENTS)
def test_the_database_refuses(statement):
    write(2)
    before = list(AuditLog.objects.values())
    with as_tamperer(), pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        execute(statement)
    assert list(AuditLog.objects.values()) == before


HEAD = "UPDATE audit_audithead SET "
ERASURES = [
    *("UPDATE audit_auditlog SET action = 'X'", "DELETE FROM audit_auditlog", "TRUNCATE audit_auditlog"),
    *(f"{HEAD} floor = 2", f"{HEAD} floor_hash = hash", f"{HEAD} position = 0, floor = 0"),
    *("DELETE FROM audit_audithead", "TRUNCATE audit_audithead", "ALTER TABLE audit_auditlog DISABLE TRIGGER ALL"),
    "INSERT INTO audit_audithead (tenant_id, position, hash, floor) SELECT tenant_id, 2, hash, 2 FROM audit_audithead",
    "INSERT INTO audit_auditlog SELECT * FROM audit_auditlog ON CONFLICT (id) DO UPDATE SET action = 'X'",
]


@pytest.mark.postgresql
@pytest.mark.parametrize("statement", ERASURES)
def test_the_systems_login_cannot_erase_the_trail(statement):
    """Whatever it says first."""
    write(2)
    before = list(AuditLog.objects.values()), AuditHead.objects.values().get()
    with pytest.raises(DatabaseError, match=r"permission denied|must be owner"), transaction.atomic():
        execute("SET LOCAL orders.audit_unlocked = 'on'")
        execute(statement)
    assert (list(AuditLog.objects.values()), AuditHead.objects.values().get()) == before
    assert write(1)[0].position == 3


@pytest.mark.postgresql
def test_the_database_refuses_its_owner_to_empty_the_table(database_roles):
    """The system itself may not empty any table."""
    with database_roles.administration() as database, pytest.raises(psycopg.Error, match="append-only"):
        database.execute("TRUNCATE audit_auditlog")


def test_it_lets_through_what_is_unlocked_and_nothing_after():
    write(2)
    with as_tamperer(), unlocked():
        execute("DELETE FROM audit_auditlog WHERE position = 2")
    with as_tamperer(), pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        execute("DELETE FROM audit_auditlog")
    assert AuditLog.objects.count() == 1


def test_it_locks_again_after_a_failure():
    write(1)
    with pytest.raises(ZeroDivisionError), unlocked():
        raise ZeroDivisionError
    with as_tamperer(), pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        execute("DELETE FROM audit_auditlog")


@pytest.mark.django_db(transaction=True)
def test_the_lock_holds_for_every_session_after_the_transaction():
    with unlocked():
        write(1)
    connection.close()
    with as_tamperer(), pytest.raises(DatabaseError, match="append-only"):
        execute("DELETE FROM audit_auditlog")
