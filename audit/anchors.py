"""Anchors: the ends of the chains, noted where those who write the database have no hand.

Whoever can change the database can cut the newest records off and set the head back, or write all of it anew, and the
chain fits. So every relay says the hash of each chain that has grown once a minute, as a line of the log and, if
``AUDIT_ANCHOR_FILE`` is set, as a line of that file. What was said cannot be unsaid: verification compares.
"""

import json
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from uuid import UUID

import structlog
from django.conf import settings
from django.utils import timezone

from audit.models import AuditHead
from events.chores import every
from tenants.context import across_tenants

log = structlog.get_logger(__name__)

EVENT = "audit_anchor"
SECONDS = 60.0
TAIL = 1


class AnchorsDamaged(Exception):
    """A line of the anchor file is no anchor."""


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
    said = [
        {"tenant_id": str(tenant_id), "position": position, "hash": its_hash} for tenant_id, position, its_hash in ends
    ]
    for one in said:
        log.info(EVENT, **one)
    if settings.AUDIT_ANCHOR_FILE and said:
        now = timezone.now().isoformat()
        append(Path(settings.AUDIT_ANCHOR_FILE), [{"event": EVENT, **one, "timestamp": now} for one in said])


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


def anchors_of(path: Path, tenant_id: UUID) -> dict[int, set[str]]:
    """The hashes that were seen at each position of the tenant's chain, by an anchor file or a log in JSON.

    Raises:
        OSError: the file cannot be read.
        AnchorsDamaged: a line of an anchor is no anchor.
    """
    found: defaultdict[int, set[str]] = defaultdict(set)
    with path.open(encoding="utf-8", errors="replace") as file:
        for position, its_hash in anchors_in(file, str(tenant_id)):
            found[position].add(its_hash)
    return dict(found)


def anchors_in(lines: Iterable[str], tenant_id: str) -> Iterator[tuple[int, str]]:
    """Position and hash of each line that anchors this tenant's chain; a line that is cut short is passed over."""
    for number, line in enumerate(lines, 1):
        if EVENT not in line or tenant_id not in line or not line.rstrip().endswith("}"):
            continue
        try:
            said = json.loads(line)
            yield int(said["position"]), str(said["hash"])
        except (ValueError, KeyError, TypeError) as error:
            raise AnchorsDamaged(f"Line {number} is no anchor.") from error
