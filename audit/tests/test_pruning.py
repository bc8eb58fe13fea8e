"""Old records are removed, the rest can still be verified, and nothing that was changed is removed."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from audit import pruning
from audit.anchors import anchors_of
from audit.models import AuditHead, AuditLog
from audit.pruning import TrailBroken, prune_audit_log
from audit.tests.tampering import tamper, write
from audit.verification import Verification, verify_audit_log
from tenants.context import tenant_context

pytestmark = pytest.mark.django_db


def last_year():
    return time_machine.travel(timezone.now() - timedelta(days=365), tick=False)


@pytest.fixture
def old(db):
    """Five records of last year, and two of today."""
    with last_year():
        write(5)
    write(2)


def last_month():
    return timezone.now() - timedelta(days=30)


def test_old_records_go_and_the_rest_is_intact(old):
    assert prune_audit_log(before=last_month()) == 5
    assert list(AuditLog.objects.order_by("position").values_list("position", flat=True)) == [6, 7]
    found = verify_audit_log()
    assert (found, found.reached) == (Verification(2), 7)


def test_a_repeat_removes_nothing(old):
    assert [prune_audit_log(before=last_month()) for _ in range(2)] == [5, 0]


def test_a_trail_that_is_old_altogether_goes_and_grows_on(old):
    assert prune_audit_log(before=timezone.now() + timedelta(days=1)) == 7
    assert verify_audit_log() == Verification(0)
    assert write(1)[0].position == 8
    assert verify_audit_log() == Verification(1)


def test_another_tenants_records_stay(old, other_tenant):
    with tenant_context(other_tenant.id), last_year():
        write(1)
    prune_audit_log(before=last_month())
    with tenant_context(other_tenant.id):
        assert verify_audit_log() == Verification(1)


def test_what_was_changed_is_not_removed(old):
    tamper("UPDATE audit_auditlog SET actor = 'X' WHERE position = %s", 3)
    with pytest.raises(TrailBroken, match="The first is at position 3") as caught:
        prune_audit_log(before=last_month())
    assert (caught.value.position, AuditLog.objects.count(), AuditHead.objects.get().floor) == (3, 7, 0)


def test_an_interrupted_pruning_leaves_a_chain_that_is_intact(old, monkeypatch):
    monkeypatch.setattr(pruning, "BATCH", 2)
    remove = pruning.remove_to
    monkeypatch.setattr(pruning, "remove_to", lambda stop: remove(stop) if stop < 4 else stop / 0)
    with pytest.raises(ZeroDivisionError):
        prune_audit_log(before=last_month())
    assert (AuditHead.objects.get().floor, verify_audit_log()) == (2, Verification(5))


def test_the_first_record_left_hangs_on_the_checkpoint(old):
    prune_audit_log(before=last_month())
    tamper("DELETE FROM audit_auditlog WHERE position = %s", 6)
    assert verify_audit_log() == Verification(0, broken_at=6)


def test_a_checkpoint_that_was_moved_is_found_by_its_anchor(old, tenant, settings, tmp_path):
    settings.AUDIT_ANCHOR_FILE = str(tmp_path / "anchors")
    prune_audit_log(before=last_month())
    tamper("UPDATE audit_audithead SET floor_hash = %s", "0" * 64)
    assert verify_audit_log(anchors=anchors_of(tmp_path / "anchors", tenant.id)) == Verification(0, broken_at=5)
