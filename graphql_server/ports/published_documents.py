"""The documents that clients have published."""

from collections.abc import Collection, Iterable
from enum import StrEnum
from typing import Any, Protocol


class Level(StrEnum):
    """Which documents run: all; all, and those that are not published are reported; published ones only."""

    OPEN = "open"
    LOG = "log"
    REFUSE = "refuse"


class PublishedDocuments(Protocol):
    """The documents that clients have published. A digest is the SHA-256 of a text in UTF-8, in hexadecimal."""

    @property
    def level(self) -> Level: ...

    def texts(self) -> Iterable[str]:
        """All of them. Blocks: called on a thread."""

    def find(self, digest: str) -> str | None:
        """The text of a digest; None if it is not published. Blocks: called on a thread."""

    def among(self, digests: Collection[str]) -> set[str]:
        """Those of ``digests`` that are published. Blocks: called on a thread."""

    def report(self, caller: Any, digest: str, text: str) -> None:
        """At the level ``LOG``: a document that is not published will run. Called once for as long as it is kept."""


class NothingPublished:
    """Implements :class:`PublishedDocuments`: all run, and none is published."""

    level = Level.OPEN

    def texts(self) -> tuple[str, ...]:
        """None."""
        return ()

    def find(self, digest: str) -> None:
        """Not published."""

    def among(self, digests: Collection[str]) -> set[str]:
        """None."""
        return set()

    def report(self, caller: Any, digest: str, text: str) -> None:
        """Nothing is reported."""
