"""Writes an audit trail and walks it, in a process of its own: ``python -m benchmarks.load.audit_trail COUNT``.

Prints how long the walk took for each record. The records are what a paid order leaves; they are written in bulk,
which is not what is measured.
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

from django.db import transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from audit.chain import Said, chain_hash  # noqa: E402
from audit.models import AuditHead, AuditLog  # noqa: E402
from audit.services import locked_head  # noqa: E402
from audit.verification import verify_audit_log  # noqa: E402
from tenants.auth.authentication import demo_caller  # noqa: E402
from tenants.context import acting_as, current_tenant_id  # noqa: E402
from tenants.values.identifiers import uuid7  # noqa: E402

CHUNK = 5000


def said(position: int, previous_hash: str) -> Said:
    """What the record of a paid order says."""
    now = timezone.now()
    changes = {
        "status": ["NEW", "PAID"],
        "version": [1, 2],
        "paid_at": [None, now.isoformat()],
        "updated_at": [now.isoformat(), now.isoformat()],
    }
    metadata = {"number": "K7Q2F-9M4TD", "total": "63.90", "changes": changes}
    caller = ("token:ab12cd34", "10.20.30.40", uuid7().hex)
    return Said(position, "ORDER_PAID", str(uuid7()), metadata, uuid7(), *caller, now, previous_hash)


def records(tenant_id: UUID, head: AuditHead, count: int) -> Iterator[AuditLog]:
    """The next records of a chain, whose head goes along."""
    for _ in range(count):
        new = said(head.position + 1, head.hash)
        head.position, head.hash = new.position, chain_hash(tenant_id, new)
        yield AuditLog(tenant_id=tenant_id, hash=head.hash, **new._asdict())


def write(count: int) -> None:
    """Add that many records to the current tenant's chain."""
    tenant_id = current_tenant_id()
    with transaction.atomic():
        head = locked_head(tenant_id)
    for begin in range(0, count, CHUNK):
        AuditLog.objects.bulk_create(records(tenant_id, head, min(CHUNK, count - begin)))
    head.save(update_fields=["position", "hash"])


def measure(count: int) -> dict[str, float]:
    """The time of a walk along a chain of that many records; one that is there already is walked again."""
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
