"""Writes an audit trail and verifies it, in a separate process: ``python -m benchmarks.load.audit_trail COUNT``.

Prints how long the verification took for each record. The records are those of paid orders; they are written in bulk,
which is not measured.
"""

import os
import sys
import time
from collections.abc import Iterator
from uuid import UUID

import django
import orjson

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.utils import timezone  # noqa: E402

from audit.chain import GENESIS, RecordContent, chain_hash  # noqa: E402
from audit.models import AuditHead, AuditLog  # noqa: E402
from audit.verification import verify_audit_log  # noqa: E402
from tenants.auth.authentication import demo_caller  # noqa: E402
from tenants.context import acting_as, current_tenant_id  # noqa: E402
from tenants.values.identifiers import uuid7  # noqa: E402

CHUNK = 5000


def said(position: int, previous_hash: str) -> RecordContent:
    """The content of the record of a paid order."""
    now = timezone.now()
    changes = {
        "status": ["NEW", "PAID"],
        "version": [1, 2],
        "paid_at": [None, now.isoformat()],
        "updated_at": [now.isoformat(), now.isoformat()],
    }
    metadata = {"number": "K7Q2F-9M4TD", "total": "63.90", "changes": changes}
    caller = ("token:ab12cd34", "10.20.30.40", uuid7().hex)
    return RecordContent(position, "ORDER_PAID", str(uuid7()), metadata, uuid7(), *caller, now, previous_hash)


def records(tenant_id: UUID, head: AuditHead, count: int) -> Iterator[AuditLog]:
    """The next records of a chain, with the head after each."""
    for _ in range(count):
        new = said(head.position + 1, head.hash)
        head.position, head.hash = new.position, chain_hash(tenant_id, new)
        yield AuditLog(tenant_id=tenant_id, hash=head.hash, **new._asdict())


def write(count: int) -> None:
    """Add this number of records to the current tenant's chain."""
    tenant_id = current_tenant_id()
    head, _ = AuditHead.objects.get_or_create(tenant_id=tenant_id, defaults={"position": 0, "hash": GENESIS})
    for begin in range(0, count, CHUNK):
        AuditLog.objects.bulk_create(records(tenant_id, head, min(CHUNK, count - begin)))
    head.save(update_fields=["position", "hash"])


def measure(count: int) -> dict[str, float]:
    """The time of a verification of a chain of that many records; an existing chain is verified again."""
    if not AuditLog.objects.exists():
        write(count)
    began, cpu_began = time.perf_counter(), time.process_time()
    found = verify_audit_log()
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu_began
    if found.broken_at is not None or found.verified != count:
        raise ValueError(f"The chain of {count} records was found to be {found}.")
    return {"time per record": 1e6 * seconds / count, "CPU per record": 1e6 * cpu / count}


if __name__ == "__main__":
    with acting_as(demo_caller()):
        print(orjson.dumps(measure(int(sys.argv[1]))).decode())
