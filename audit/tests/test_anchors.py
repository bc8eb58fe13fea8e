"""Anchors reveal a tail that was removed together with the head, and a chain that was written again."""

import json

import pytest

from audit.anchors import Anchoring, AnchorsDamaged, anchor, anchors_of, append
from audit.models import AuditHead, AuditLog
from audit.tests.tampering import tamper, write
from audit.verification import Verification, verify_audit_log
from tenants.context import tenant_context

pytestmark = pytest.mark.django_db


@pytest.fixture
def file(settings, tmp_path):
    settings.AUDIT_ANCHOR_FILE = str(tmp_path / "anchors.jsonl")
    return tmp_path / "anchors.jsonl"


def lines(file):
    return [json.loads(line) for line in file.read_text().splitlines()]


def cut_the_tail(position):
    """Rewrite the chain like an attacker who knows how it works."""
    last = AuditLog.objects.get(position=position)
    tamper("DELETE FROM audit_auditlog WHERE position > %s", position)
    tamper("UPDATE audit_audithead SET position = %s, hash = %s", position, last.hash)


def test_each_chain_that_has_grown_is_anchored_once(tenant, other_tenant, file):
    anchoring = Anchoring()
    write(2)
    with tenant_context(other_tenant.id):
        write(1)
    assert (anchoring.anchor_grown(), anchoring.anchor_grown()) == (2, 0)
    write(1)
    assert anchoring.anchor_grown() == 1

    said = [(one["event"], one["tenant_id"], one["position"]) for one in lines(file)]
    assert sorted(said[:2]) == sorted([("audit_anchor", str(tenant.id), 2), ("audit_anchor", str(other_tenant.id), 1)])
    assert said[2:] == [("audit_anchor", str(tenant.id), 3)]
    assert lines(file)[2]["hash"] == AuditHead.objects.get(tenant=tenant).hash


def test_an_anchor_that_cannot_be_written_is_written_the_next_time(settings, file):
    anchoring = Anchoring()
    write(1)
    settings.AUDIT_ANCHOR_FILE = str(file.parent / "missing" / "anchors")
    with pytest.raises(FileNotFoundError):
        anchoring.anchor_grown()
    settings.AUDIT_ANCHOR_FILE = str(file)
    assert anchoring.anchor_grown() == len(lines(file)) == 1


def test_a_cut_tail_with_a_head_set_back_is_found_by_the_anchors_alone(tenant, file):
    write(5)
    Anchoring().anchor_grown()
    cut_the_tail(3)

    assert verify_audit_log() == Verification(3)
    assert verify_audit_log(anchors=anchors_of(file, tenant.id)) == Verification(3, broken_at=4)


def test_a_tail_that_was_cut_and_grew_again_is_found_where_it_was_anchored(tenant, file):
    write(5)
    anchoring = Anchoring()
    anchoring.anchor_grown()
    cut_the_tail(3)
    write(4)
    anchoring.anchor_grown()

    assert verify_audit_log() == Verification(7)
    assert verify_audit_log(anchors=anchors_of(file, tenant.id)) == Verification(4, broken_at=5)


def test_a_trail_that_was_emptied_is_found(tenant, file):
    write(2)
    Anchoring().anchor_grown()
    tamper("DELETE FROM audit_auditlog")
    tamper("DELETE FROM audit_audithead")

    assert verify_audit_log() == Verification(0)
    assert verify_audit_log(anchors=anchors_of(file, tenant.id)) == Verification(0, broken_at=1)


def test_an_intact_chain_agrees_with_its_anchors(tenant, other_tenant, file):
    anchoring = Anchoring()
    for _ in range(3):
        write(2)
        anchoring.anchor_grown()
    with tenant_context(other_tenant.id):
        write(1)
        anchoring.anchor_grown()

    anchors = anchors_of(file, tenant.id)
    assert sorted(anchors) == [2, 4, 6]
    assert verify_audit_log(anchors=anchors) == Verification(6)


def test_a_line_that_a_crash_cut_short_is_passed_over(tenant, file):
    file.write_text('{"event": "audit_anchor", "tenant_id": "' + str(tenant.id) + '", "posi')
    anchor([(tenant.id, 7, "a" * 64)])
    assert {at: one.hashes for at, one in anchors_of(file, tenant.id).items()} == {7: {"a" * 64}}


def test_a_line_that_is_no_anchor_is_not_taken_for_one(tenant, file):
    append(file, [{"event": "audit_anchor", "tenant_id": str(tenant.id), "position": "x", "hash": "a"}])
    with pytest.raises(AnchorsDamaged, match=r"Line 1 is no anchor\."):
        anchors_of(file, tenant.id)


def test_a_log_in_json_serves_as_well(tenant, file):
    log = {"tenant_id": str(tenant.id), "position": 7, "hash": "a" * 64, "level": "info", "event": "audit_anchor"}
    file.write_text(f"Starting …\n{json.dumps(log)}\n{json.dumps({'event': 'order_created'})}\n")
    assert {at: one.hashes for at, one in anchors_of(file, tenant.id).items()} == {7: {"a" * 64}}
