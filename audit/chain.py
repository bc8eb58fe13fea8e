"""Computes the hash of a record. The format never changes: a record keeps its hash.

The hash is SHA-256, in hex, over the canonical JSON (:mod:`audit.canonical`) of an object of eleven fields, one of them
the hash of the record before. ``docs/audit.md`` explains how to compute it with other tools.
"""

import hashlib
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

from audit.canonical import canonical

GENESIS = "0" * 64
"""The previous hash of the first record."""


class RecordContent(NamedTuple):
    """The content of a record, which its hash protects; ``metadata`` holds JSON types."""

    position: int
    action: str
    object_id: str
    metadata: Any
    event_id: UUID | None
    actor: str
    ip: str | None
    request_id: str
    created_at: datetime
    previous_hash: str


def chain_hash(tenant_id: UUID, content: RecordContent) -> str:
    """The record's hash.

    Raises:
        TypeError, ValueError: the metadata is not JSON.
    """
    return hashlib.sha256(canonical_record(str(tenant_id), content)).hexdigest()


def canonical_record(tenant: str, content: RecordContent) -> bytes:
    """The canonical JSON of a tenant's record; times are in UTC, with six decimals of a second."""
    return canonical(
        {
            "action": content.action,
            "actor": content.actor,
            "created_at": content.created_at.astimezone(UTC).isoformat(timespec="microseconds"),
            "event_id": str(content.event_id) if content.event_id else None,
            "ip": content.ip,
            "metadata": content.metadata,
            "object_id": content.object_id,
            "position": content.position,
            "previous_hash": content.previous_hash,
            "request_id": content.request_id,
            "tenant": tenant,
        }
    )
