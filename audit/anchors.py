"""Anchors: the hashes at the ends of the chains, kept where a writer of the database can't change them.

A person who can change the database can remove the newest records and set the head back, or write the whole chain
again, and the chain is consistent. So once a minute every dispatcher writes the newest hash of each chain that has
grown to the log and, if ``AUDIT_ANCHOR_FILE`` is set, to that file. Verification compares the chain with these anchors.

Pruning anchors its checkpoints, as lines of another kind. A checkpoint that was set in any other way has no anchor.
"""

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.utils import timezone

from audit.models import AuditHead
from events.dispatch.periodic.scheduler import every
from tenants.context import across_tenants

log = structlog.get_logger(__name__)

EVENT, CHECKPOINT = "audit_anchor", "audit_checkpoint"
SLACK = timedelta(hours=1)
"""The most by which the clocks of processes that write records and of those that anchor them may differ."""
SECONDS = 60.0
TAIL = 1


class AnchorsDamaged(Exception):
    """A line of the anchor file is damaged."""


@dataclass(slots=True)
class Anchored:
    """The contents of the anchors for one position of a chain."""

    hashes: set[str] = field(default_factory=set)
    first: datetime | None = None
    """When it was first anchored as the chain's newest record."""
    last: datetime | None = None
    """When it was last anchored as the newest."""
    is_checkpoint: bool = False
    """Whether pruning, or an operator, has anchored that all records up to here are rightly removed."""
    removed_before: datetime | None = None
    """The time before which those records were written; None if the anchor has none."""


Anchors = Mapping[int, Anchored]
"""The contents of the anchors by position."""


class Anchoring:
    """The positions that one process has anchored. Several dispatchers anchor the same, which is harmless."""

    def __init__(self) -> None:
        self.anchored: dict[UUID, int] = {}

    def anchor_grown(self) -> int:
        """Anchor each chain that has grown since the last call; return how many."""
        heads = AuditHead.objects.exclude(position=0).values_list("tenant_id", "position", "hash")
        with across_tenants():
            grown = [head for head in heads if self.anchored.get(head[0]) != head[1]]
        anchor(grown)
        self.anchored.update((tenant_id, position) for tenant_id, position, _ in grown)
        return len(grown)


anchoring = Anchoring()


@every(SECONDS, name="audit_anchors")
def anchor_heads() -> int:
    """Anchor each chain that has grown since this process last did; return how many."""
    return anchoring.anchor_grown()


def anchor(ends: Iterable[tuple[UUID, int, str]]) -> None:
    """Anchor these tenants' hashes at these positions, in the log and in the anchor file.

    Raises:
        OSError: the file cannot be written.
    """
    write_anchors(
        EVENT, [{"tenant_id": str(one), "position": position, "hash": its_hash} for one, position, its_hash in ends]
    )


def anchor_checkpoints(tenant_id: UUID, ends: Iterable[tuple[int, str]], *, before: datetime | None) -> None:
    """Anchor that the tenant's records up to each of these positions are rightly removed, or are about to be.

    All of them were written ``before`` that time, if it is known.

    Raises:
        OSError: the file cannot be written.
    """
    also = {"removed_before": before.isoformat() if before else None}
    anchors = [{"tenant_id": str(tenant_id), "position": position, "hash": its_hash} for position, its_hash in ends]
    write_anchors(CHECKPOINT, [one | also for one in anchors])


def write_anchors(event: str, anchors: list[dict[str, Any]]) -> None:
    """Write these anchors to the log and to the anchor file, one line each."""
    for one in anchors:
        log.info(event, **one)
    if settings.AUDIT_ANCHOR_FILE and anchors:
        now = timezone.now().isoformat()
        append(Path(settings.AUDIT_ANCHOR_FILE), [{"event": event, **one, "timestamp": now} for one in anchors])


def append(path: Path, lines: Iterable[Mapping[str, object]]) -> None:
    """Append lines of JSON to the file; they are on the disk when this returns.

    One write to a file opened for appending, so the lines of several processes do not mix. If a crash has cut the last
    line short, it is ended first.
    """
    text = "".join(f"{json.dumps(line)}\n" for line in lines)
    with path.open("ab+") as file:
        if file.seek(0, os.SEEK_END):
            file.seek(-TAIL, os.SEEK_END)
            if file.read(TAIL) != b"\n":
                text = f"\n{text}"
        file.write(text.encode())
        file.flush()
        os.fsync(file.fileno())


def anchors_of(path: Path, tenant_id: UUID) -> dict[int, Anchored]:
    """The anchors of the tenant's chain by position, from an anchor file or a log in JSON.

    Raises:
        OSError: the file cannot be read.
        AnchorsDamaged: an anchor's line can't be read.
    """
    found: dict[int, Anchored] = {}
    with path.open(encoding="utf-8", errors="replace") as file:
        for number, line in enumerate(file, 1):
            if str(tenant_id) not in line or not line.rstrip().endswith("}"):
                continue  # Another tenant's, or cut short by a crash.
            if EVENT in line or CHECKPOINT in line:
                try:
                    add(found, json.loads(line))
                except (ValueError, KeyError, TypeError) as error:
                    raise AnchorsDamaged(f"Line {number} is no anchor.") from error
    return found


def add(found: dict[int, Anchored], line: Mapping[str, Any]) -> None:
    """Add one line's anchor.

    Raises:
        ValueError, KeyError, TypeError: a field is missing or wrong.
    """
    position, its_hash, when = int(line["position"]), str(line["hash"]), time_in(line, "timestamp")
    here = found.setdefault(position, Anchored())
    here.hashes.add(its_hash)
    if line["event"] == CHECKPOINT:
        here.is_checkpoint, here.removed_before = True, time_in(line, "removed_before")
    elif when:
        here.first, here.last = min(here.first or when, when), max(here.last or when, when)


def time_in(line: Mapping[str, Any], name: str) -> datetime | None:
    """The time in a field of a line; None without one.

    Raises:
        ValueError, TypeError: the field is no time, or has no zone.
    """
    moment = datetime.fromisoformat(line[name]) if line.get(name) else None
    if moment and moment.tzinfo is None:
        raise ValueError(name)
    return moment


def is_proven(anchors: Anchors, position: int, its_hash: str) -> bool:
    """Whether the anchors prove that the records up to this position were rightly removed, and that this was its hash.

    A checkpoint that pruning has anchored proves it, unless an earlier anchor is younger than the checkpoint's records
    can be. So does an anchor of this or a later position that is older than ``AUDIT_RETENTION_DAYS``: earlier versions
    of pruning anchored nothing else.
    """
    here = anchors.get(position)
    if here is None or here.hashes != {its_hash}:
        return False
    if here.is_checkpoint:
        cut = here.removed_before
        earlier = (one.last for at, one in anchors.items() if at < position and one.last)
        return cut is None or all(moment < cut + SLACK for moment in earlier)
    ends = timezone.now() - timedelta(days=settings.AUDIT_RETENTION_DAYS)
    later = (one.first for at, one in anchors.items() if at >= position and one.first)
    return settings.AUDIT_RETENTION_DAYS > 0 and any(moment < ends + SLACK for moment in later)
