"""Admission: what every operation of every transport goes through, in this order.

What was sent is charged by its size; large JSON and unknown documents are read elsewhere than on the event loop, one at
a time, in turn (:mod:`graphql_server.execution.slots`); the operation is priced and charged; it gets a slot to run in;
and when it has run it is charged for the time that it took beyond its price. What is refused on the way is charged
each time.

An ordinary request, with a document that is known, waits nowhere here and asks nobody.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import Any, TypeVar

from graphql_server import json_text
from graphql_server.documents.documents import Document, Documents
from graphql_server.errors import ApiError, Code, shown
from graphql_server.execution import charges
from graphql_server.execution.slots import Busy, Slots, Who
from graphql_server.limits import Limits
from graphql_server.ports import Caller, Meter

T = TypeVar("T")


class Admission:
    """Admits the operations of one schema.

    Args:
        threads: what runs operations; it has as many threads as there are slots of ``running``.
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

    # --- What was sent ------------------------------------------------------------------------------------------------

    def most_bytes(self, caller: Caller) -> int:
        """How large a body may be."""
        return self.limits.documents.anonymous_bytes if is_nobody(caller) else self.limits.bodies.bytes

    async def json(self, caller: Caller, text: bytes) -> Any:
        """The value of a JSON text, which is charged by its size: a small one with its operation, or if it is refused.

        Raises:
            ValueError: it is not JSON.
            ApiError: THROTTLED; it was not read.
        """
        if len(text) > json_text.SMALL:
            return await self._elsewhere(caller, len(text), charges.points_of_size(len(text)), json_text.loads, text)
        return json_text.loads(text)

    def refused(self, caller: Caller, size: int) -> None:
        """Charge for a request that asked for no operation, unless it was large: then that is done.

        Raises:
            ApiError: THROTTLED.
        """
        if size <= json_text.SMALL:
            charges.take_or_owe(self.meter, caller, 1 + charges.points_of_size(size))

    # --- The document -------------------------------------------------------------------------------------------------

    async def document(self, caller: Caller, text: str) -> Document:
        """The document, read if it is not known. One that is refused is charged for that, each time.

        Raises:
            ApiError: THROTTLED; it was not read.
        """
        document = self.documents.known(text)
        if document is None:
            points = charges.points_of_text(text)
            return await self._elsewhere(caller, len(text), points, self._read, caller, text)
        if document.errors:
            charges.take_or_owe(self.meter, caller, charges.points_of_refusal(text))
        return document

    def document_here(self, caller: Caller, text: str) -> Document:
        """The same in this thread, which is not an event loop's."""
        document = self.documents.known(text)
        if document is None:
            self.meter.take(caller, charges.points_of_text(text))
            return self._read(caller, text)
        if document.errors:
            self.meter.take(caller, charges.points_of_refusal(text))
        return document

    def _read(self, caller: Caller, text: str) -> Document:
        """Read a document that is paid for, and charge the rest if it is refused. Never raises."""
        document = self._read_for(caller, text)
        if document.errors:
            self.meter.owe(caller, charges.points_of_refusal(text) - charges.points_of_text(text))
        return document

    def _read_for(self, caller: Caller, text: str) -> Document:
        if not is_nobody(caller):
            return self.documents.read(text)
        if len(text) > self.limits.documents.anonymous_bytes:
            return too_long(self.limits.documents.anonymous_bytes)
        return self.documents.read(text, tokens=self.limits.documents.anonymous_tokens)

    # --- Slots -------------------------------------------------------------------------------------------------------

    async def run(self, caller: Caller, size: int, work: Callable[[], T]) -> T:
        """Run an operation in a thread, when its caller's and its tenant's turn has come.

        Raises:
            ApiError: THROTTLED; it has not begun and never will.
        """
        return await self._in(self.running, self.threads, caller, size, work)

    async def _elsewhere(self, caller: Caller, size: int, points: int, read: Callable[..., T], *arguments: object) -> T:
        """Read what was sent in the reader's thread, in turn, once it is paid for."""
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
        future.add_done_callback(partial(_left, slots, who))
        return await asyncio.wrap_future(future)


def _left(slots: Slots, who: Who, _: object) -> None:
    slots.release(who)


def is_nobody(caller: Caller) -> bool:
    """Whether they have not said who they are."""
    return caller.tenant_id is None


def too_long(most: int) -> Document:
    """The refusal of a document by which somebody would have to say who they are."""
    message = f"Say who you are to send a document of more than {most:,} characters."
    return Document().refuse([shown(ApiError(Code.QUERY_TOO_EXPENSIVE, message), Code.QUERY_TOO_EXPENSIVE)])


def too_many(busy: Busy) -> ApiError:
    """What a caller is told who runs, or who waits for, as much as one may."""
    message = f"You run too much at a time. Try again in {busy.retry_after} s."
    return ApiError(Code.THROTTLED, message, retryAfterSeconds=busy.retry_after)
