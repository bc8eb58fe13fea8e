"""The chain: what was written stays, and any change is found at its place."""

import json
import uuid
from decimal import Decimal

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from audit.models import AuditHead, AuditLog
from audit.services import Verification, plain_numbers, verify_audit_log, write_audit_log
from events.errors import AppendOnly
from tenants.context import Caller, acting_as, tenant_context

pytestmark = pytest.mark.django_db


def write(count):
    return [write_audit_log("ORDER_CREATED", number, {"total": "1.00"}) for number in range(count)]


def tamper(statement, *arguments):
    with connection.cursor() as cursor:
        cursor.execute(statement, arguments)


def test_a_record_says_who_did_what(tenant):
    with acting_as(Caller(tenant_id=tenant.id, actor="user:ada", ip="10.1.2.3", request_id="r" * 8)):
        record = write_audit_log("ORDER_PAID", 7, {"total": "1.00"})
    record.refresh_from_db()
    assert (record.action, record.object_id, record.metadata) == ("ORDER_PAID", "7", {"total": "1.00"})
    assert (record.actor, record.ip, record.request_id, record.position) == ("user:ada", "10.1.2.3", "r" * 8, 1)


def test_a_repeat_for_the_same_event_adds_nothing():
    event_id = uuid.uuid4()
    first, second = (write_audit_log("ORDER_PAID", 7, {}, event_id=event_id) for _ in range(2))
    assert first == second
    assert AuditLog.objects.count() == 1


def test_an_untouched_chain_is_intact():
    write(5)
    assert verify_audit_log() == Verification(5)


def test_each_tenant_has_a_chain_of_its_own(other_tenant):
    write(2)
    with tenant_context(other_tenant.id):
        assert verify_audit_log() == Verification(0)
        assert [record.position for record in write(3)] == [1, 2, 3]
        assert verify_audit_log() == Verification(3)


@pytest.mark.parametrize(
    ("statement", "arguments", "broken_at"),
    [
        ("UPDATE audit_auditlog SET action = 'X' WHERE position = %s", [3], 3),
        ("UPDATE audit_auditlog SET actor = 'X' WHERE position = %s", [1], 1),
        ("DELETE FROM audit_auditlog WHERE position = %s", [2], 2),
        ("DELETE FROM audit_auditlog WHERE position > %s", [3], 4),
        ("UPDATE audit_auditlog SET position = position + 10 WHERE position >= %s", [4], 4),
    ],
)
def test_a_changed_chain_is_broken_at_its_first_bad_place(statement, arguments, broken_at):
    write(5)
    tamper(statement, *arguments)
    assert verify_audit_log() == Verification(broken_at - 1, broken_at=broken_at)


@pytest.mark.parametrize(
    "change",
    [
        lambda record: record.save(),
        lambda record: record.delete(),
        lambda _: AuditLog.objects.all().delete(),
        lambda _: AuditLog.objects.update(action="X"),
    ],
)
def test_the_orm_neither_changes_nor_removes_records(change):
    record = write(1)[0]
    with pytest.raises(AppendOnly):
        change(record)
    assert AuditHead.objects.get().position == AuditLog.objects.count() == 1


@pytest.mark.parametrize("number", [1e22, 1.5e300, -0.0, 0.1, 1e-300, 12345678901234567890, 3.0])
def test_numbers_that_databases_write_differently_do_not_break_the_chain(number):
    write_audit_log("ORDER_CREATED", 1, {"number": number})
    assert verify_audit_log() == Verification(1)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_hashed_alike_before_and_after_postgresql_wrote_it_out(number):
    written_out = json.loads(format(Decimal(repr(number)), "f"))
    assert json.dumps(plain_numbers(number)) == json.dumps(plain_numbers(written_out))
