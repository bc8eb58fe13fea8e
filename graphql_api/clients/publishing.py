"""The documents that clients have published: this release's files, and a table of what any release or client published.

A file is one document, ``contracts/<client>/<name>.graphql``, and its digest is that of its bytes, as ``sha256sum``
prints it. Each web process adds its release's files to the table when it starts, so that the processes of the release
before know them too (docs/decisions/0052).
"""

import time
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import structlog
from django.conf import settings

from graphql_api.clients.models import PublishedDocument
from graphql_server.digests import digest_of
from graphql_server.ports.published_documents import Level
from tenants.context import Caller

logger = structlog.get_logger(__name__)

CONTRACTS: Final = settings.BASE_DIR / "contracts"
MISS_SECONDS: Final = 1.0
MOST_MISSES: Final = 1_000
"""Seconds for which an unknown digest is not looked up again, and the most such digests that are remembered."""
WITHDRAWN_SECONDS: Final = 3.0
"""Seconds between two checks of a process for withdrawn documents."""
PREPARED: Final = 500
"""The newest documents that are prepared when a process starts."""


@dataclass(frozen=True, slots=True)
class ClientDocument:
    """A document of a client. ``name`` is unique in the client's folder, and says nothing to the server."""

    client: str
    name: str
    text: str

    @property
    def digest(self) -> str:
        """The SHA-256 of the text, in hexadecimal."""
        return digest_of(self.text)


def documents_in(folder: Path) -> list[ClientDocument]:
    """The documents of a folder of clients' folders, by client and name."""
    return [one for inner in sorted(folder.glob("*/")) for one in documents_of(inner.name, inner)]


def documents_of(client: str, folder: Path) -> list[ClientDocument]:
    """The documents of a client's folder, by name."""
    files = sorted(folder.glob("*.graphql"))
    return [ClientDocument(client, one.stem, one.read_bytes().decode()) for one in files]


def publish(documents: Iterable[ClientDocument]) -> int:
    """Add documents to the table and return the number of new ones. Known documents stay as they are."""
    rows = {
        one.digest: PublishedDocument(digest=one.digest, client=one.client, name=one.name, text=one.text)
        for one in documents
    }
    known = set(PublishedDocument.objects.filter(digest__in=rows).values_list("digest", flat=True))
    new = [row for digest, row in rows.items() if digest not in known]
    PublishedDocument.objects.bulk_create(new, ignore_conflicts=True)
    return len(new)


class Registry:
    """Implements :class:`graphql_server.ports.published_documents.PublishedDocuments`. Safe for threads."""

    def __init__(self, folder: Path = CONTRACTS) -> None:
        self._folder = folder
        self._misses: dict[str, float] = {}

    @property
    def level(self) -> Level:
        """``GRAPHQL_DOCUMENTS``."""
        return Level(settings.GRAPHQL_DOCUMENTS)

    @cached_property
    def release(self) -> list[ClientDocument]:
        """The documents of this release."""
        return documents_in(self._folder)

    @cached_property
    def _files(self) -> dict[str, str]:
        return {one.digest: one.text for one in self.release}

    @property
    def clients(self) -> set[str]:
        """The names of the clients with documents in this release."""
        return {one.client for one in self.release}

    def texts(self) -> Iterator[str]:
        """This release's documents, then the newest others. Reads the database."""
        yield from self._files.values()
        rows = PublishedDocument.objects.exclude(digest__in=self._files).order_by("-published_at")
        yield from rows.values_list("text", flat=True)[:PREPARED]

    def find(self, digest: str) -> str | None:
        """The text of a digest. Reads the database for a digest that is no file's, at most once a second for each."""
        text = self._files.get(digest)
        if text is not None:
            return text
        now = time.monotonic()
        if now - self._misses.get(digest, -MISS_SECONDS) < MISS_SECONDS:
            return None
        text = PublishedDocument.objects.filter(digest=digest).values_list("text", flat=True).first()
        if text is None:
            if len(self._misses) >= MOST_MISSES:
                self._misses.clear()
            self._misses[digest] = now
        return text

    def among(self, digests: Collection[str]) -> set[str]:
        """Those of ``digests`` that are this release's or in the table. Reads the database if not all are files."""
        ours = self._files.keys() & digests
        others = [digest for digest in digests if digest not in ours]
        if not others:
            return ours
        return ours | set(PublishedDocument.objects.filter(digest__in=others).values_list("digest", flat=True))

    def report(self, caller: Caller, digest: str, text: str) -> None:
        """Log a document that is not published: its digest and its client, not its text, which may have values."""
        logger.warning(
            "graphql_document_not_published",
            digest=digest,
            client=caller.client,
            client_version=caller.client_version,
            request_id=caller.request_id,
        )
