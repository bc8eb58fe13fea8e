"""Any change to the trail is found at its place."""

import pytest

from audit.models import AuditLog
from audit.services import write_audit_log
from audit.tests.tampering import tamper, write
from audit.verification import Verification, verify_audit_log
from tenants.context import tenant_context

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def test_an_untouched_chain_is_intact():
    write(5)
    found = verify_audit_log()
    assert (found, found.reached, found.is_complete) == (Verification(5), 5, True)


def test_each_tenant_has_a_chain_of_its_own(other_tenant):
    write(2)
    with tenant_context(other_tenant.id):
        assert verify_audit_log() == Verification(0)
        assert [record.position for record in write(3)] == [1, 2, 3]
        tamper("UPDATE audit_auditlog SET actor = 'X' WHERE tenant_id = %s", str(other_tenant.id).replace("-", ""))
        assert verify_audit_log() == Verification(0, broken_at=1)
    assert verify_audit_log() == Verification(2)


@pytest.mark.parametrize(
    ("statement", "arguments", "broken_at"),
    [
        ("UPDATE audit_auditlog SET action = 'X' WHERE position = %s", [3], 3),
        ("UPDATE audit_auditlog SET actor = 'X' WHERE position = %s", [1], 1),
        ("UPDATE audit_auditlog SET object_id = 'X' WHERE position = %s", [2], 2),
        ("UPDATE audit_auditlog SET ip = '10.0.0.1' WHERE position = %s", [5], 5),
        ("UPDATE audit_auditlog SET request_id = 'X' WHERE position = %s", [2], 2),
        ("UPDATE audit_auditlog SET created_at = '2020-01-01' WHERE position = %s", [2], 2),
        ('UPDATE audit_auditlog SET metadata = \'{"total": "2.00"}\' WHERE position = %s', [4], 4),
        ("UPDATE audit_auditlog SET hash = previous_hash WHERE position = %s", [4], 4),
        ("DELETE FROM audit_auditlog WHERE position = %s", [2], 2),
        ("DELETE FROM audit_auditlog WHERE position > %s", [3], 4),
        ("DELETE FROM audit_auditlog WHERE position >= %s", [1], 1),
        ("UPDATE audit_auditlog SET position = position + 10 WHERE position >= %s", [4], 4),
        ("DELETE FROM audit_audithead WHERE position = %s", [5], 1),
        ("UPDATE audit_audithead SET position = 3 WHERE position = %s", [5], 3),
        ("UPDATE audit_audithead SET hash = %s", ["0" * 64], 5),
    ],
)
def test_a_changed_chain_is_broken_at_its_first_bad_place(statement, arguments, broken_at):
    write(5)
    tamper(statement, *arguments)
    assert verify_audit_log().broken_at == broken_at


def test_two_records_that_changed_places_are_found():
    write(5)
    for before, after in [(2, 99), (4, 2), (99, 4)]:
        tamper("UPDATE audit_auditlog SET position = %s WHERE position = %s", after, before)
    assert verify_audit_log() == Verification(1, broken_at=2)


def test_a_record_behind_the_head_is_found():
    write(3)
    third = AuditLog.objects.get(position=3)
    tamper("UPDATE audit_audithead SET position = 2, hash = %s", third.previous_hash)
    assert verify_audit_log() == Verification(2, broken_at=3)


def test_an_altered_digit_of_a_long_number_is_found():
    write_audit_log("ORDER_CREATED", 1, {"number": 123456789012345678901})
    tamper("UPDATE audit_auditlog SET metadata = '{\"number\": 123456789012345678902}'")
    assert verify_audit_log() == Verification(0, broken_at=1)


def test_a_limit_ends_the_walk_and_the_next_goes_on():
    write(5)
    part = verify_audit_log(limit=3)
    assert (part, part.is_complete) == (Verification(3, is_complete=False), False)
    rest = verify_audit_log(after=part.reached, limit=3)
    assert (rest, rest.reached) == (Verification(2), 5)


def test_a_walk_that_goes_on_needs_the_record_where_the_last_ended():
    write(5)
    assert verify_audit_log(after=9) == Verification(0, broken_at=9)


def test_progress_is_reported():
    write(3)
    steps = []
    verify_audit_log(progress=lambda *step: steps.append(step))
    assert steps == [(3, 3)]
