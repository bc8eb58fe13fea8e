"""``manage.py audit``: what it says, and its exit status."""

from datetime import timedelta
from importlib import import_module
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from audit.anchors import Anchoring
from audit.models import AuditLog
from audit.pruning import prune_audit_log
from audit.tests.tampering import as_tamperer, tamper, write
from audit.tests.test_pruning import last_year
from tenants.context import tenant_context

pytestmark = pytest.mark.django_db


def said(*arguments, **options):
    """The command's standard output."""
    out = StringIO()
    try:
        call_command("audit", *arguments, stdout=out, **options)
    finally:
        said.last = out.getvalue()
    return said.last


def test_every_trail_is_verified(other_tenant):
    write(2)
    assert said("verify", "--all") == said("verify")
    assert said.last.splitlines() == [
        "demo: intact, 2 records up to position 2. There are no anchors to compare with.",
        "other: intact, 0 records up to position 0. There are no anchors to compare with.",
    ]


def test_a_broken_trail_is_named_and_the_others_are_verified_too(other_tenant):
    write(3)
    bad = AuditLog.objects.get(position=2)
    tamper("UPDATE audit_auditlog SET actor = 'X' WHERE position = %s", 2)
    with pytest.raises(CommandError, match=r"The audit trail was changed: demo\.") as caught:
        said("verify")
    assert caught.value.returncode == 1
    assert said.last.splitlines()[0].startswith(
        f"demo: BROKEN at position 2 (row {bad.pk}, ORDER_CREATED of 1); 1 records before it are sound."
    )
    assert said.last.splitlines()[1].startswith("other: intact")


def test_one_tenants_trail_is_verified_alone(other_tenant):
    write(1)
    tamper("UPDATE audit_auditlog SET actor = 'X'")
    with tenant_context(other_tenant.id):
        write(1)
    assert said("verify", "--tenant", "other").startswith("other: intact, 1 records")


def test_the_anchors_are_compared_with(settings, tmp_path):
    settings.AUDIT_ANCHOR_FILE = str(tmp_path / "anchors")
    write(3)
    Anchoring().anchor_grown()
    tamper("DELETE FROM audit_auditlog")
    tamper("DELETE FROM audit_audithead")
    with pytest.raises(CommandError):
        said("verify")
    assert said.last == (
        "demo: BROKEN at position 1 (which is missing or has moved); 0 records before it are sound. "
        "Compared with 1 anchors.\n"
    )


def test_anchors_that_are_missing_are_an_error_not_an_all_clear(tmp_path, tenant):
    with pytest.raises(CommandError, match="cannot be used"):
        said("verify", "--anchors", str(tmp_path / "gone"))


def test_an_unknown_tenant_is_an_error(db):
    with pytest.raises(CommandError, match="There is no tenant 'unknown'"):
        said("verify", "--tenant", "unknown")


def test_records_are_kept_without_an_end_by_default(tenant):
    with last_year():
        write(1)
    assert said("prune") == "demo: 0 records past their retention.\n"
    assert AuditLog.objects.count() == 1


def test_old_records_are_removed_once_asked(settings, tenant):
    settings.AUDIT_RETENTION_DAYS = 100
    with last_year():
        write(2)
    write(1)
    assert said("prune", "--dry-run") == "demo: 2 records past their retention.\n"
    with as_tamperer():
        assert said("prune") == "demo: 2 records removed; the checkpoint is at position 2.\n"


def test_checkpoints_are_shown_by_anchors_alone(settings, tmp_path, tenant):
    with last_year():
        write(2)
    write(1)
    with as_tamperer():
        said("prune", "--days", "100")
    intact = "demo: intact, 1 records after the checkpoint at 2 up to position 3."
    with pytest.raises(CommandError, match=r"Without anchors it cannot be proven .* demo\.") as caught:
        said("verify")
    assert (caught.value.returncode, said.last) == (3, f"{intact} There are no anchors to compare with.\n")

    settings.AUDIT_ANCHOR_FILE = str(tmp_path / "anchors")
    (tmp_path / "anchors").touch()
    with pytest.raises(CommandError) as caught:
        said("verify")
    assert (caught.value.returncode, said.last) == (
        1,
        "demo: BROKEN at position 2: no anchor shows that pruning removed the records up to there. "
        "Compared with 0 anchors.\n",
    )
    assert said("anchor") == "demo: anchored, from position 2 to 3.\n"
    assert said("verify") == f"{intact} Compared with 2 anchors.\n"


def test_a_broken_trail_is_not_anchored(settings, tmp_path, tenant):
    settings.AUDIT_ANCHOR_FILE = str(tmp_path / "anchors")
    write(2)
    tamper("UPDATE audit_auditlog SET actor = 'X' WHERE position = %s", 1)
    with pytest.raises(CommandError, match="was changed"):
        said("anchor")
    assert not (tmp_path / "anchors").exists()


def test_records_of_events_that_are_kept_are_kept(db):
    with pytest.raises(CommandError, match="must be more than EVENTS_RETENTION_DAYS"):
        said("prune", "--days", "90")


def test_a_broken_trail_is_not_pruned(tenant):
    with last_year():
        write(2)
    tamper("UPDATE audit_auditlog SET actor = 'X' WHERE position = %s", 1)
    with as_tamperer(), pytest.raises(CommandError, match="was changed"):
        said("prune", "--days", "100")
    assert AuditLog.objects.count() == 2


@pytest.mark.parametrize("module", ["anchors", "verification"])
def test_pruning_at_the_same_time_is_not_taken_for_a_change(settings, tmp_path, tenant, monkeypatch, module):
    """Between the anchors' reading and the walk, or before the walk has got to the first record."""
    settings.AUDIT_ANCHOR_FILE = str(tmp_path / "anchors")
    (tmp_path / "anchors").touch()
    with last_year():
        write(2)
    write(1)
    name = {"anchors": "anchors_of", "verification": "records"}[module]
    place = {"anchors": "audit.management.commands.audit", "verification": "audit.verification"}[module]
    reading = getattr(import_module(place), name)

    def reads(*given):
        found = reading(*given)
        monkeypatch.setattr(f"{place}.{name}", reading)
        with as_tamperer():
            prune_audit_log(before=timezone.now() - timedelta(days=100))
        return found

    monkeypatch.setattr(f"{place}.{name}", reads)
    intact = "demo: intact, 1 records after the checkpoint at 2 up to position 3."
    assert said("verify") == f"{intact} Compared with 1 anchors.\n"
