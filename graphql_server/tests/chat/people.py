"""People in rooms: the callers of the chat."""

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count
from typing import Self

READ, WRITE = "chat:read", "chat:write"
EVERYTHING = frozenset({READ, WRITE})

acting: ContextVar[str] = ContextVar("acting", default="")
"""The name of the person for whom code runs now."""
_request_ids = count(1)


@dataclass(frozen=True, slots=True)
class Person:
    """Implements :class:`graphql_server.ports.callers.Caller`. A person without a room is anonymous."""

    actor: str = "ann"
    tenant_id: str | None = "lobby"
    scopes: frozenset[str] = EVERYTHING
    request_id: str = field(default_factory=lambda: f"r{next(_request_ids)}")
    expires_at: datetime | None = None

    @property
    def turn(self) -> tuple[Hashable, Hashable]:
        """The room and the person share the threads."""
        return self.tenant_id, self.actor

    @contextmanager
    def acting(self) -> Iterator[None]:
        """Record the person who acts."""
        token = acting.set(self.actor)
        try:
            yield
        finally:
            acting.reset(token)

    def shared(self) -> Self:
        """Any person in the room with the same scopes."""
        return replace(self, actor="any", request_id=f"r{next(_request_ids)}", expires_at=None)

    def for_operation(self) -> Self:
        """The same person with a new request id."""
        return replace(self, request_id=f"r{next(_request_ids)}")

    def renewed(self, *, scopes: frozenset[str], expires_at: datetime | None) -> Self:
        """The same person with other rights."""
        return replace(self, scopes=scopes, expires_at=expires_at)


UNKNOWN = Person(actor="", tenant_id=None, scopes=frozenset())
