"""Old records are removed, the rest can still be verified, and nothing that was changed is removed."""

from datetime import timedelta

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from audit import pruning
from audit.anchors import Anchoring, anchor_checkpoints, anchors_of
from audit.models import AuditHead, AuditLog
from audit.pruning import TrailBroken
from audit.tests.tampering import as_tamperer, tamper, write
from audit.verification import Verification, verify_audit_log
from tenants.context import tenant_context

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def last_year():
    return time_machine.travel(timezone.now() - timedelta(days=365), tick=False)


def prune_audit_log(**options):
    """Prune as a login that may."""
    with as_tamperer():
        return pruning.prune_audit_log(**options)


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


def test_changed_records_are_not_removed(old):
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


@pytest.fixture
def file(settings, tmp_path):
    settings.AUDIT_ANCHOR_FILE = str(tmp_path / "anchors")
    return tmp_path / "anchors"


def verified(file, tenant):
    return verify_audit_log(anchors=anchors_of(file, tenant.id))


def erase(position):
    """Remove records as if they had been pruned, as a login that may."""
    with as_tamperer():
        pruning.remove_to(position)


def test_a_checkpoint_that_was_moved_is_found_by_its_anchor(old, tenant, file):
    prune_audit_log(before=last_month())
    assert verified(file, tenant) == Verification(2)
    tamper("UPDATE audit_audithead SET floor_hash = %s", "0" * 64)
    assert verified(file, tenant) == Verification(0, broken_at=5)


def test_an_erased_trail_is_found(old, tenant, file):
    """At a place that no anchor knows, and at one of which the anchors know the hash."""
    with last_year():
        Anchoring().anchor_grown()
    erase(6)
    assert verified(file, tenant) == Verification(0, broken_at=6)
    erase(7)
    assert verified(file, tenant) == Verification(0, broken_at=7)


def test_without_anchors_nothing_is_known_of_removed_records(old):
    assert verify_audit_log().is_checkpoint_known
    erase(5)
    found = verify_audit_log()
    assert (found, found.checkpoint, found.is_checkpoint_known) == (Verification(2), 5, False)


def test_an_empty_file_of_anchors_shows_nothing(old, tenant, file):
    erase(5)
    assert verify_audit_log(anchors={}) == Verification(0, broken_at=5)


def test_a_checkpoint_is_not_believed_of_records_that_were_anchored_later(old, tenant, file):
    """The checkpoint claims that the records are of last year, but an anchor of today has the chain without them."""
    Anchoring().anchor_grown()
    write(1)
    anchor_checkpoints(tenant.id, [(8, AuditLog.objects.get(position=8).hash)], before=last_month())
    erase(8)
    assert verified(file, tenant) == Verification(0, broken_at=8)


@pytest.mark.parametrize(("days", "found"), [(100, Verification(2)), (0, Verification(0, broken_at=5))])
def test_records_pruned_before_checkpoints_were_anchored_have_to_fit_retention(settings, tenant, file, days, found):
    settings.AUDIT_RETENTION_DAYS = days
    with last_year():
        write(5)
        Anchoring().anchor_grown()
    write(2)
    erase(5)
    assert verified(file, tenant) == found


def test_the_newest_records_do_not_pass_for_old_ones(settings, tenant, file):
    """Though the head's position and hash are anchored."""
    settings.AUDIT_RETENTION_DAYS = 100
    with last_year():
        write(5)
        Anchoring().anchor_grown()
    write(2)
    Anchoring().anchor_grown()
    erase(7)
    assert verified(file, tenant) == Verification(0, broken_at=7)


def test_each_step_of_an_interrupted_pruning_is_anchored(old, tenant, file, monkeypatch):
    monkeypatch.setattr(pruning, "BATCH", 2)
    remove = pruning.remove_to
    monkeypatch.setattr(pruning, "remove_to", lambda stop: remove(stop) if stop < 4 else stop / 0)
    with pytest.raises(ZeroDivisionError):
        prune_audit_log(before=last_month())
    assert verified(file, tenant) == Verification(5)


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_the_command_prunes_as_the_owner_and_the_system_does_not(settings, tenant, database_roles, file):
    with last_year():
        write(3)
    write(1)
    file.touch()
    with pytest.raises(CommandError, match=r"may not remove audit records\. For this command set DATABASE_OWNER_URL"):
        call_command("audit", "prune", "--days", "100")
    assert AuditLog.objects.count() == 4
    settings.DATABASE_OWNER = {"USER": database_roles.owner, "PASSWORD": database_roles.password}
    call_command("audit", "prune", "--days", "100")
    assert (AuditLog.objects.count(), AuditHead.objects.get().floor) == (1, 3)
    assert connection.settings_dict["USER"] == database_roles.app
    call_command("audit", "verify")
