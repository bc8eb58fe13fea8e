"""Runs operations of clients over a socket: the executor takes queries and mutations, the registry subscriptions."""

from typing import Any

from graphql import OperationType

from graphql_server.context import Context
from graphql_server.errors import ApiError, failure
from graphql_server.execution import charges
from graphql_server.execution.executor import Executor, Operation
from graphql_server.live.registry import Live
from graphql_server.ports.callers import Caller
from graphql_server.websocket.client_messages import Subscribe
from graphql_server.websocket.closing import CloseCode, Closing
from graphql_server.websocket.running_operation import Result, Subscription


class SocketOperations:
    """Implements :class:`graphql_server.websocket.backend.Operations` over the executor and the live registry."""

    def __init__(self, executor: Executor, live: Live) -> None:
        self.executor = executor
        self._live = live

    def join(self, request: Subscribe, caller: Any) -> Subscription | None:
        """Join a subscription that runs already for others."""
        operation = operation_of(request)
        if operation.digest is not None:
            document = self.executor.documents.known_by(operation.digest)
            if document is None:
                return None
            operation = operation.with_text(document)
        return self._live.here().join(operation, caller)

    async def begin(self, request: Subscribe, caller: Any) -> Result | Subscription:
        """Run a query or mutation, or begin a subscription."""
        operation = operation_of(request)
        context = Context(caller=caller, request_id=caller.request_id, transport="ws")
        document = await self.executor.admit(operation, context)
        if isinstance(document, dict):
            return document
        operation = operation.with_text(document)
        if document.kind(operation.operation_name) is OperationType.SUBSCRIPTION:
            return await self._live.here().subscribe(operation, context)
        return await self.executor.execute(operation, context, document=document)

    def mask(self, error: Exception, caller: Caller) -> Result:
        """Log a fault of the server, and return the error that the client may see."""
        masked: Result = failure(error, caller.request_id)["errors"][0]
        return masked

    def charge(self, caller: Any, size: int) -> None:
        """Charge the caller for a message by its size, as over HTTP.

        Raises:
            Closing: 1013, the caller has sent too much. The message is not read, so no operation can be named.
        """
        try:
            charges.take_or_owe(self.executor.meter, caller, charges.points_of_size(size))
        except ApiError as error:
            raise Closing(CloseCode.TRY_AGAIN_LATER, f"Throttled: {error}") from None


def operation_of(request: Subscribe) -> Operation:
    """The operation that a ``subscribe`` message asks for."""
    return Operation(request.query, request.variables, request.operation_name, request.resume, request.digest)
