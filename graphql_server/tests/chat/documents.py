"""The documents that clients of the chat have published, in memory."""

from collections.abc import Collection
from typing import Any

from graphql_server.digests import digest_of
from graphql_server.ports.published_documents import Level


class Documents:
    """Implements :class:`~graphql_server.ports.published_documents.PublishedDocuments`; ``reported`` is by person."""

    def __init__(self, *texts: str, level: Level = Level.OPEN) -> None:
        self.level = level
        self.by_digest = {digest_of(text): text for text in texts}
        self.searches: list[str] = []
        self.reported: list[tuple[str, str]] = []

    def texts(self) -> list[str]:
        """All texts."""
        return [*self.by_digest.values()]

    def find(self, digest: str) -> str | None:
        """The text of a digest; notes the search."""
        self.searches.append(digest)
        return self.by_digest.get(digest)

    def among(self, digests: Collection[str]) -> set[str]:
        """Those that are published."""
        return self.by_digest.keys() & digests

    def report(self, caller: Any, digest: str, text: str) -> None:
        """Note that a document is not published."""
        self.reported.append((caller.actor, text))
