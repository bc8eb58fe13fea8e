"""Writing the trail: who did what, once for each event, and never changed by the ORM."""

import uuid

import pytest

from audit.models import AuditHead, AuditLog
from audit.services import write_audit_log
from audit.tests.tampering import write
from audit.verification import Verification, verify_audit_log
from events.errors import AppendOnly
from tenants.context import Caller, acting_as

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases, pytest.mark.relay_too]


def test_a_record_has_actor_action_and_object(tenant):
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


@pytest.mark.parametrize("number", [1e22, 1.5e300, -0.0, 0.1, 1e-300, 12345678901234567890, 10**30 + 1, 3.0])
def test_numbers_that_databases_write_differently_do_not_break_the_chain(number):
    write_audit_log("ORDER_CREATED", 1, {"number": number})
    assert verify_audit_log() == Verification(1)


@pytest.mark.parametrize("ip", ["2001:DB8:0:0::1", "::ffff:10.1.2.3", "10.1.2.3"])
def test_addresses_that_databases_write_differently_do_not_break_the_chain(ip):
    write_audit_log("ORDER_CREATED", 1, {}, ip=ip)
    assert verify_audit_log() == Verification(1)


@pytest.mark.parametrize("metadata", [{"a": float("nan")}, {"a": object()}, {1: "a"}, {"a": "\ud800"}])
def test_values_that_json_lacks_are_refused_and_leave_nothing(metadata):
    with pytest.raises((TypeError, ValueError)):
        write_audit_log("ORDER_CREATED", 1, metadata)
    assert AuditLog.objects.count() == 0
