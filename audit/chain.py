"""How a record is hashed. This never changes: a record has the same hash for ever.

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


class Said(NamedTuple):
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


def chain_hash(tenant_id: UUID, said: Said) -> str:
    """The record's hash.

    Raises:
        TypeError, ValueError: the metadata is not JSON.
    """
    return hashlib.sha256(canonical_record(str(tenant_id), said)).hexdigest()


def canonical_record(tenant: str, said: Said) -> bytes:
    """The canonical JSON of a tenant's record; times are in UTC, with six decimals of a second."""
    return canonical(
        {
            "action": said.action,
            "actor": said.actor,
            "created_at": said.created_at.astimezone(UTC).isoformat(timespec="microseconds"),
            "event_id": str(said.event_id) if said.event_id else None,
            "ip": said.ip,
            "metadata": said.metadata,
            "object_id": said.object_id,
            "position": said.position,
            "previous_hash": said.previous_hash,
            "request_id": said.request_id,
            "tenant": tenant,
        }
    )
