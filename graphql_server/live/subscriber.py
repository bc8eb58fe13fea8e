"""A subscription that runs for one client, whatever the source of its payloads."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from graphql_server.errors import ApiError, Code, failure
from graphql_server.live.key import rights_of
from graphql_server.ports.callers import Caller
from graphql_server.websocket.closing import Closing
from graphql_server.websocket.outbox import Disconnected
from graphql_server.websocket.running_operation import RunningOperation


class Subscriber:
    """Sends the payloads of one subscription into its operation, until one of the two ends.

    A subclass says where the payloads come from: it implements ``enter``, ``leave`` and ``go_on``.
    """

    __slots__ = ("__weakref__", "_is_over", "_is_renewing", "_newest_caller", "_task", "caller", "operation")

    operation: RunningOperation
    """The operation of the socket; set when it begins."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self._is_over = False
        self._task: asyncio.Task[None] | None = None
        self._is_renewing = False
        self._newest_caller = caller
        """The caller with the newest rights. They may not have been checked yet."""

    @property
    def cursor(self) -> str | None:
        """The cursor after which the client can go on; None where the source has no cursors."""
        return None

    def begin(self, operation: RunningOperation) -> None:
        """Send payloads into this operation from now on."""
        self.operation = operation
        self.enter()

    def stop(self) -> None:
        """Send nothing more."""
        if not self._is_over:
            self._is_over = True
            self.pause()

    def fail(self, error: Exception) -> None:
        """End the operation with an error that the client may see, or that is masked and logged."""
        if not self._is_over:
            self.stop()
            self.operation.fail(failure(error, self.caller.for_operation().request_id)["errors"])

    async def renew(self, caller: Caller) -> None:
        """Go on under other rights, from where it is; without them, end. Nothing is sent before they are checked.

        If the rights change again meanwhile, the first call checks the newest ones too.
        """
        self._newest_caller = caller
        if self._is_renewing:
            return
        self._is_renewing = True
        try:
            while not self._is_over and rights_of(self._newest_caller) != rights_of(self.caller):
                await self._renew(self._newest_caller)
        finally:
            self._is_renewing = False

    async def _renew(self, caller: Caller) -> None:
        if caller.tenant_id != self.caller.tenant_id:
            self.fail(ApiError(Code.FORBIDDEN, "Your rights have changed. Subscribe again."))
        else:
            await self.go_on(caller)

    def run(self, work: Callable[[], Awaitable[None]]) -> None:
        """Work in a task, unless there is one already. If the work fails, the subscription fails."""
        if self._task is None:
            self._task = self.operation.start(partial(self._run, work))

    def pause(self) -> None:
        """Leave the source of payloads, and end the task."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
        self.leave()

    def enter(self) -> None:
        """Begin to take payloads from the source."""
        raise NotImplementedError

    def leave(self) -> None:
        """Take no more payloads from the source."""
        raise NotImplementedError

    async def go_on(self, caller: Caller) -> None:
        """Go on under the rights of a caller of the same tenant, or end with the errors that say why not."""
        raise NotImplementedError

    async def _run(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except (Closing, Disconnected):
            raise
        except Exception as error:  # Whatever it is, the client gets an error.
            self._task = None  # This task is the one that fails: do not cancel it.
            self.fail(error)
        else:
            self._task = None
