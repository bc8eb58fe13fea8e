"""Admission: the steps that every operation of every transport goes through, in this order.

The request is charged by its size. Large JSON and unknown documents are read in a thread, one at a time, in turn
(:mod:`graphql_server.execution.slots`). The operation is priced and charged; it gets a slot to run in; afterwards it is
charged for the time beyond its price. A refused request is charged each time.

An ordinary request with a known document does not wait here, and sends nothing to another server.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import Any, TypeVar

from graphql_server import json_text
from graphql_server.connections import healthy_connections
from graphql_server.digests import digest_of
from graphql_server.documents.documents import Document, Documents
from graphql_server.errors import ApiError, Code, shown
from graphql_server.execution import charges
from graphql_server.execution.running import Operation
from graphql_server.execution.slots import Busy, Slots, Who
from graphql_server.limits import Limits
from graphql_server.ports.callers import Caller
from graphql_server.ports.costs import Meter
from graphql_server.ports.published_documents import Level

T = TypeVar("T")
NOT_FOUND = "PersistedQueryNotFound"
"""With exactly this message, Apollo Client and urql send the request again with the text."""


class Admission:
    """Admits the operations of one schema.

    Args:
        threads: runs operations; it has as many threads as there are slots of ``running``.
    """

    def __init__(
        self, documents: Documents, meter: Meter, limits: Limits, threads: ThreadPoolExecutor, running: Slots
    ) -> None:
        self.documents = documents
        self.meter = meter
        self.limits = limits
        self.threads = threads
        self.running = running
        self.reading = Slots(1, per_member=1, per_group=1, wait_seconds=running.wait_seconds)
        self.reader = ThreadPoolExecutor(1, thread_name_prefix="reading")

    # --- The request --------------------------------------------------------------------------------------------------

    def most_bytes(self, caller: Caller) -> int:
        """The largest allowed body in bytes."""
        return self.limits.documents.anonymous_bytes if is_anonymous(caller) else self.limits.bodies.bytes

    async def json(self, caller: Caller, text: bytes) -> Any:
        """The value of a JSON text, which is charged by its size: a small text with its operation, or if it is refused.

        Raises:
            ValueError: the text is not JSON.
            ApiError: THROTTLED; the text was not read.
        """
        if len(text) > json_text.SMALL:
            return await self._in_reader(caller, len(text), charges.points_of_size(len(text)), json_text.loads, text)
        return json_text.loads(text)

    def refused(self, caller: Caller, size: int) -> None:
        """Charge for a request without an operation. A large request was charged before.

        Raises:
            ApiError: THROTTLED.
        """
        if size <= json_text.SMALL:
            charges.take_or_owe(self.meter, caller, 1 + charges.points_of_size(size))

    # --- The document -------------------------------------------------------------------------------------------------

    async def document(self, caller: Caller, operation: Operation) -> Document:
        """The document of an operation, read unless it is known. A refused document is charged as such, each time.

        Raises:
            ApiError: THROTTLED; the document was not read. PERSISTED_QUERY_NOT_FOUND: no document has this digest.
        """
        document = self.known(operation)
        if document is None:
            points = points_of_reading(operation)
            work = partial(self._read, caller, operation)
            return await self._in_reader(caller, len(operation.query), points, work)
        if document.errors:
            charges.take_or_owe(self.meter, caller, charges.points_of_refusal(operation.query or document.text))
        return document

    def document_here(self, caller: Caller, operation: Operation) -> Document:
        """Like :meth:`document`, in this thread, which must not run an event loop."""
        document = self.known(operation)
        if document is None:
            self.meter.take(caller, points_of_reading(operation))
            return self._read(caller, operation)
        if document.errors:
            self.meter.take(caller, charges.points_of_refusal(operation.query or document.text))
        return document

    def known(self, operation: Operation) -> Document | None:
        """The document of an operation, if it was read before. Takes a microsecond."""
        if operation.digest is None:
            return self.documents.known(operation.query)
        return self.documents.known_by(operation.digest)

    def _read(self, caller: Caller, operation: Operation) -> Document:
        """Read a document that is paid for, and charge the rest if it is refused."""
        if operation.digest is not None:
            return self._find(operation.digest)
        text = operation.query
        document = self._read_for(caller, text)
        if document.errors:
            self.meter.owe(caller, charges.points_of_refusal(text) - charges.points_of_text(text))
        elif self.documents.registry.level is Level.LOG and not document.is_published:
            self.documents.registry.report(caller, digest_of(text), text)
        return document

    def _find(self, digest: str) -> Document:
        """The published document of a digest.

        Raises:
            ApiError: PERSISTED_QUERY_NOT_FOUND.
        """
        with healthy_connections():
            found = self.documents.find(digest)
        if found is None:
            raise ApiError(Code.DOCUMENT_NOT_FOUND, NOT_FOUND)
        return found

    def _read_for(self, caller: Caller, text: str) -> Document:
        most = None
        if is_anonymous(caller):
            if len(text) > self.limits.documents.anonymous_bytes:
                return too_long(self.limits.documents.anonymous_bytes)
            most = self.limits.documents.anonymous_tokens
        if self.documents.registry.level is Level.OPEN:
            return self.documents.read(text, tokens=most)
        with healthy_connections():  # The registry may read the database.
            return self.documents.read(text, tokens=most)

    # --- Slots -------------------------------------------------------------------------------------------------------

    async def run(self, caller: Caller, size: int, work: Callable[[], T]) -> T:
        """Run an operation in a thread, when it is its caller's and its tenant's turn.

        Raises:
            ApiError: THROTTLED; the operation has not begun and never will.
        """
        return await self._in(self.running, self.threads, caller, size, work)

    async def _in_reader(self, caller: Caller, size: int, points: int, read: Callable[..., T], *arguments: object) -> T:
        """Read the request in the reader's thread, in turn, once it is paid for."""
        paid = self.meter.take_at_once(caller, points)

        def work() -> T:
            if not paid:
                self.meter.take(caller, points)
            return read(*arguments)

        return await self._in(self.reading, self.reader, caller, size, work)

    async def _in(
        self, slots: Slots, threads: ThreadPoolExecutor, caller: Caller, size: int, work: Callable[[], T]
    ) -> T:
        who = caller.turn
        if not slots.take_now(who):
            try:
                await slots.take(who, size)
            except Busy as busy:
                raise too_many(busy) from None
        try:
            future = threads.submit(copy_context().run, work)
        except RuntimeError:  # the process ends
            slots.release(who)
            raise
        future.add_done_callback(partial(_release_slot, slots, who))
        try:
            return await asyncio.wrap_future(future)
        finally:
            del future  # It holds the error, which holds this frame: a circle that would keep the whole request.


def points_of_reading(operation: Operation) -> int:
    """The points for a document that is not known."""
    return charges.points_of_text(operation.query) if operation.digest is None else charges.POINTS_OF_A_SEARCH


def _release_slot(slots: Slots, who: Who, _: object) -> None:
    slots.release(who)


def is_anonymous(caller: Caller) -> bool:
    """Whether the caller is anonymous."""
    return caller.tenant_id is None


def too_long(most: int) -> Document:
    """The refusal of a document that is too long for an anonymous caller."""
    message = f"Say who you are to send a document of more than {most:,} characters."
    return Document().refuse([shown(ApiError(Code.QUERY_TOO_EXPENSIVE, message), Code.QUERY_TOO_EXPENSIVE)])


def too_many(busy: Busy) -> ApiError:
    """The refusal for a caller whose running or waiting operations have reached the limit."""
    message = f"You run too much at a time. Try again in {busy.retry_after} s."
    return ApiError(Code.THROTTLED, message, retryAfterSeconds=busy.retry_after)
