"""Check that the audit trail has not changed since it was written."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson
from django.db.models import Max, TextField
from django.db.models.functions import Cast

from audit.anchors import Anchors, is_proven
from audit.chain import RecordContent, chain_hash
from audit.models import AuditHead, AuditLog
from tenants.context import current_tenant_id

BATCH = 5000
FIELDS = [Cast("metadata", TextField()) if name == "metadata" else name for name in (*RecordContent._fields, "hash")]
BEYOND_64_BITS = re.compile(r"\d{20}")

Progress = Callable[[int, int], None]
"""Called with the position that has been reached, and the last one."""


@dataclass(frozen=True, slots=True)
class Verification:
    """The result of verifying a chain.

    ``verified`` records are intact, up to position ``reached``; ``broken_at`` is the first position that is not.
    ``is_complete`` says whether the walk reached the head: a limit may have ended it before. Records up to
    ``checkpoint`` are removed; ``is_checkpoint_known`` says whether anchors were given to prove why, or none are
    removed.
    """

    verified: int
    broken_at: int | None = None
    reached: int = field(default=0, compare=False)
    is_complete: bool = True
    checkpoint: int = field(default=0, compare=False)
    is_checkpoint_known: bool = field(default=True, compare=False)

    @property
    def is_intact(self) -> bool:
        """Whether every verified record is as it was written."""
        return self.broken_at is None


class Broken(Exception):
    """The chain is broken at ``position``."""

    def __init__(self, position: int) -> None:
        super().__init__(position)
        self.position = position


def silent(reached: int, last: int) -> None:
    """Show no progress."""


def verify_audit_log(
    *, after: int = 0, limit: int | None = None, anchors: Anchors | None = None, progress: Progress = silent
) -> Verification:
    """Walk the current tenant's chain to its head and find the first record that doesn't fit.

    The walk begins at the checkpoint of pruning, or after the record ``after``, and ends after ``limit`` records. It
    finds a changed, removed, inserted or moved record, and a missing tail before the head. With ``anchors``, which must
    be read before, it also finds a tail that was removed or rewritten together with the head, and a checkpoint that
    pruning has not set. An empty mapping differs from None: it proves nothing.
    """
    walk = Walk(current_tenant_id(), anchors, progress)
    broken_at, is_complete = None, True
    try:
        walk.begin(after)
        walk.go(walk.head.position if limit is None else min(walk.reached + limit, walk.head.position))
        is_complete = walk.reached >= walk.head.position
        if is_complete:
            walk.end()
    except Broken as broken:
        broken_at = broken.position
    return Verification(
        walk.reached - walk.start,
        broken_at=broken_at,
        reached=walk.reached,
        is_complete=is_complete,
        checkpoint=walk.head.floor,
        is_checkpoint_known=walk.is_checkpoint_known,
    )


class Walk:
    """A walk along a tenant's chain. Records that are appended meanwhile are not checked."""

    def __init__(self, tenant_id: UUID, anchors: Anchors | None, progress: Progress) -> None:
        self.tenant_id, self.progress = tenant_id, progress
        self.anchors: Anchors = anchors or {}
        # Read before the head: in the other order, a record could be appended in between.
        self.last: int = AuditLog.objects.aggregate(last=Max("position"))["last"] or 0
        self.head = AuditHead.objects.filter(tenant_id=tenant_id).first() or AuditHead(tenant_id=tenant_id)
        self.start = self.reached = self.head.floor
        self.hash = self.head.floor_hash
        self.is_checkpoint_known = self.head.floor == 0 or anchors is not None

    def begin(self, after: int) -> None:
        """Start at the checkpoint, or at the record ``after``."""
        if self.head.floor and self.is_checkpoint_known and not is_proven(self.anchors, self.reached, self.hash):
            raise Broken(self.reached)
        if after > self.reached:
            self.start = self.reached = after
            found = AuditLog.objects.filter(position=after).values_list("hash", flat=True).first()
            if found is None:
                raise Broken(after)
            self.hash = found

    def go(self, stop: int) -> None:
        """Check each record up to ``stop``."""
        while self.reached < stop:
            before = self.reached
            for content, its_hash in records(self.tenant_id, before, stop):
                self.step(content, its_hash)
            if self.reached == before:
                raise Broken(self.reached + 1)
            self.progress(self.reached, stop)

    def step(self, content: RecordContent, its_hash: str) -> None:
        """Check the next record."""
        expected = self.reached + 1
        if (
            content.position != expected
            or content.previous_hash != self.hash
            or its_hash != hash_of(self.tenant_id, content)
        ):
            raise Broken(expected)
        self.hash = its_hash
        self.check_anchor(expected)
        self.reached = expected

    def check_anchor(self, position: int) -> None:
        """Compare the hash with the anchors of this position."""
        if position in self.anchors and self.anchors[position].hashes != {self.hash}:
            raise Broken(position)

    def end(self) -> None:
        """Check that the chain ends at the head, with no record after it, and that no anchored record is missing."""
        if self.hash != self.head.hash:
            raise Broken(max(self.reached, 1))
        if max(self.last, *self.anchors, 0) > self.head.position:
            raise Broken(self.head.position + 1)


def records(tenant_id: UUID, after: int, stop: int) -> Iterator[tuple[RecordContent, str]]:
    """The next records, at most a batch, with their hashes; ``metadata`` is the text in the database."""
    rows = AuditLog.objects.filter(position__gt=after, position__lte=stop).order_by("position")
    for *content, its_hash in rows.values_list(*FIELDS)[:BATCH]:
        yield RecordContent(*content), its_hash


def hash_of(tenant_id: UUID, stored: RecordContent) -> str | None:
    """The hash of a record as it is stored; None if its metadata is not JSON."""
    try:
        return chain_hash(tenant_id, stored._replace(metadata=parsed(stored.metadata)))
    except (TypeError, ValueError):
        return None


def parsed(text: str) -> Any:
    """The value of a JSON text with every digit of its integers; orjson rounds long ones."""
    return json.loads(text) if BEYOND_64_BITS.search(text) else orjson.loads(text)
