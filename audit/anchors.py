"""Anchors: the ends of the chains, noted where those who write the database have no hand.

Whoever can change the database can cut the newest records off and set the head back, or write all of it anew, and the
chain fits. So every relay says the hash of each chain that has grown once a minute, as a line of the log and, if
``AUDIT_ANCHOR_FILE`` is set, as a line of that file. What was said cannot be unsaid: verification compares.

Pruning anchors its checkpoints, as lines of another kind: a checkpoint that somebody else has set is not among them.
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
from events.scheduler import every
from tenants.context import across_tenants

log = structlog.get_logger(__name__)

EVENT, CHECKPOINT = "audit_anchor", "audit_checkpoint"
SLACK = timedelta(hours=1)
"""How far the clocks of those who write records and of those who anchor them may be apart."""
SECONDS = 60.0
TAIL = 1


class AnchorsDamaged(Exception):
    """A line of the anchor file is no anchor."""


@dataclass(slots=True)
class Anchored:
    """What was said of one position of a chain."""

    hashes: set[str] = field(default_factory=set)
    first: datetime | None = None
    """When it was first said to be the chain's newest record."""
    last: datetime | None = None
    """When it was last said to be."""
    is_checkpoint: bool = False
    """Whether pruning has said that it removes all records up to there, or an operator that they are rightly gone."""
    removed_before: datetime | None = None
    """The time before which all of those were written; None if nothing was said of it."""


Anchors = Mapping[int, Anchored]
"""What was said of each position, kept where the database's writers have no hand."""


class Anchoring:
    """What one process has anchored. Several relays repeat each other, which is harmless."""

    def __init__(self) -> None:
        self.told: dict[UUID, int] = {}

    def tell(self) -> int:
        """Anchor each chain that has grown since the last time; how many."""
        heads = AuditHead.objects.exclude(position=0).values_list("tenant_id", "position", "hash")
        with across_tenants():
            grown = [head for head in heads if self.told.get(head[0]) != head[1]]
        anchor(grown)
        self.told.update((tenant_id, position) for tenant_id, position, _ in grown)
        return len(grown)


anchoring = Anchoring()


@every(SECONDS, name="audit_anchors")
def anchor_heads() -> int:
    """Anchor each chain that has grown since this process did so last; how many."""
    return anchoring.tell()


def anchor(ends: Iterable[tuple[UUID, int, str]]) -> None:
    """Say that these tenants' chains have these hashes at these positions: in the log, and in the anchor file.

    Raises:
        OSError: the file cannot be written.
    """
    say(EVENT, [{"tenant_id": str(one), "position": position, "hash": its_hash} for one, position, its_hash in ends])


def anchor_checkpoints(tenant_id: UUID, ends: Iterable[tuple[int, str]], *, before: datetime | None) -> None:
    """Say that the tenant's records up to each of these positions are rightly gone, or are about to be.

    All of them were written ``before`` that time, if one is known.

    Raises:
        OSError: the file cannot be written.
    """
    also = {"removed_before": before.isoformat() if before else None}
    said = [{"tenant_id": str(tenant_id), "position": position, "hash": its_hash} for position, its_hash in ends]
    say(CHECKPOINT, [one | also for one in said])


def say(event: str, said: list[dict[str, Any]]) -> None:
    """Write these to the log and, one line each, to the anchor file."""
    for one in said:
        log.info(event, **one)
    if settings.AUDIT_ANCHOR_FILE and said:
        now = timezone.now().isoformat()
        append(Path(settings.AUDIT_ANCHOR_FILE), [{"event": event, **one, "timestamp": now} for one in said])


def append(path: Path, lines: Iterable[Mapping[str, object]]) -> None:
    """Add lines of JSON to the file, and have them on the disk before it returns.

    One write, to a file opened for appending: what several processes write does not mix. A line that a crash cut short
    is ended first.
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
    """What an anchor file, or a log in JSON, says of each position of the tenant's chain.

    Raises:
        OSError: the file cannot be read.
        AnchorsDamaged: a line of an anchor is no anchor.
    """
    found: dict[int, Anchored] = {}
    with path.open(encoding="utf-8", errors="replace") as file:
        for number, line in enumerate(file, 1):
            if str(tenant_id) not in line or not line.rstrip().endswith("}"):
                continue  # Of another tenant, or cut short by a crash.
            if EVENT in line or CHECKPOINT in line:
                try:
                    add(found, json.loads(line))
                except (ValueError, KeyError, TypeError) as error:
                    raise AnchorsDamaged(f"Line {number} is no anchor.") from error
    return found


def add(found: dict[int, Anchored], said: Mapping[str, Any]) -> None:
    """Count in what one line says.

    Raises:
        ValueError, KeyError, TypeError: it does not say enough.
    """
    position, its_hash, when = int(said["position"]), str(said["hash"]), time_in(said, "timestamp")
    here = found.setdefault(position, Anchored())
    here.hashes.add(its_hash)
    if said["event"] == CHECKPOINT:
        here.is_checkpoint, here.removed_before = True, time_in(said, "removed_before")
    elif when:
        here.first, here.last = min(here.first or when, when), max(here.last or when, when)


def time_in(said: Mapping[str, Any], name: str) -> datetime | None:
    """The time that a line says, if it says one.

    Raises:
        ValueError, TypeError: what it says is none, or has no zone.
    """
    moment = datetime.fromisoformat(said[name]) if said.get(name) else None
    if moment and moment.tzinfo is None:
        raise ValueError(name)
    return moment


def is_proven(anchors: Anchors, position: int, its_hash: str) -> bool:
    """Whether the anchors show that the records up to this position were rightly removed, and that this was its hash.

    A checkpoint that pruning has anchored shows it, unless another anchor is younger than the records are said to be.
    So does the end of a chain that is older than ``AUDIT_RETENTION_DAYS``: pruning once anchored nothing else.
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
