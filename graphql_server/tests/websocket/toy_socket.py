"""A small API behind a socket, without Django: everything that an operation may do to its transport."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from itertools import count
from typing import Any

import orjson
import strawberry
from graphql import GraphQLError, OperationType, parse, validate
from strawberry.types import ExecutionResult, Info

from graphql_server.asgi_types import Scope
from graphql_server.limits import SocketCounts, SocketLimits
from graphql_server.websocket.backend import Backend
from graphql_server.websocket.client_messages import Subscribe
from graphql_server.websocket.closing import CloseCode, Closing
from graphql_server.websocket.connection_registry import ConnectionRegistry
from graphql_server.websocket.outbox import Disconnected
from graphql_server.websocket.running_operation import Result, RunningOperation
from graphql_server.websocket.running_operation import Subscription as SocketSubscription
from graphql_server.websocket.socket import GraphQLSocket

acting: ContextVar[str] = ContextVar("acting", default="none")


@dataclass(frozen=True)
class Caller:
    """The caller of an operation, as the toy's server knows it, and the operation's number."""

    name: str
    operations: Iterator[int] = field(default_factory=count)
    operation: int = -1
    scopes: frozenset[str] = frozenset()
    expires_at: datetime | None = None
    turn: tuple[str, str] = ("toy", "toy")

    @property
    def tenant_id(self) -> str:
        return self.name

    @property
    def request_id(self) -> str:
        return str(self.operation)

    @contextmanager
    def acting(self) -> Iterator[None]:
        """Context manager: show inside for whom an operation acts."""
        token = acting.set(f"{self.name}/{self.operation}")
        try:
            yield
        finally:
            acting.reset(token)

    def shared(self) -> "Caller":
        return self

    def for_operation(self) -> "Caller":
        """The caller of the next operation."""
        return replace(self, operation=next(self.operations))

    def renewed(self, *, scopes: frozenset[str], expires_at: datetime | None) -> "Caller":
        return replace(self, scopes=scopes, expires_at=expires_at)


@dataclass
class World:
    """What a test reads and controls of the API behind its socket."""

    open_streams: int = 0
    produced: int = 0
    masked: list[Exception] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    operations: Iterator[int] = field(default_factory=count)
    answers: dict[str, Result | SocketSubscription] = field(default_factory=dict)
    """Answers to queries that are not GraphQL: results that no schema gives."""


@strawberry.type
class Query:
    """Queries."""

    @strawberry.field
    def hello(self) -> str:
        return "world"

    @strawberry.field
    def echo(self, text: str) -> str:
        return text

    @strawberry.field
    def acting(self) -> str:
        return acting.get()

    @strawberry.field
    async def wait(self, info: Info[World, None]) -> str:
        await info.context.gate.wait()
        return "done"

    @strawberry.field
    def fault(self) -> str:
        raise KeyError("secret")

    @strawberry.field
    def open_streams(self, info: Info[World, None]) -> int:
        return info.context.open_streams

    @strawberry.field
    def produced(self, info: Info[World, None]) -> int:
        return info.context.produced

    @strawberry.field
    def tasks(self) -> int:
        return len(asyncio.all_tasks())


@strawberry.type
class Mutation:
    """Mutations."""

    @strawberry.mutation
    def produce(self, info: Info[World, None]) -> int:
        info.context.produced += 1
        return info.context.produced


@strawberry.type
class Subscription:
    """Subscriptions."""

    @strawberry.subscription
    async def count(self, info: Info[World, None], to: int) -> AsyncGenerator[int, None]:
        with counted(info.context):
            for number in range(to):
                yield number

    @strawberry.subscription
    async def forever(self, info: Info[World, None]) -> AsyncGenerator[str, None]:
        with counted(info.context):
            yield acting.get()
            await asyncio.get_running_loop().create_future()

    @strawberry.subscription
    async def flood(self, info: Info[World, None], size: int = 10_000) -> AsyncGenerator[str, None]:
        with counted(info.context):
            while True:
                info.context.produced += size
                yield "x" * size
                await asyncio.sleep(0)

    @strawberry.subscription
    async def breaks(self, info: Info[World, None]) -> AsyncGenerator[int, None]:
        with counted(info.context):
            yield 1
            raise KeyError("secret")


@contextmanager
def counted(world: World) -> Iterator[None]:
    """Context manager: count an open stream while it lasts."""
    world.open_streams += 1
    try:
        yield
    finally:
        world.open_streams -= 1


schema = strawberry.Schema(Query, Mutation, Subscription)


class Generated:
    """A subscription whose responses come from an async generator; an error map is the last."""

    def __init__(
        self,
        responses: AsyncGenerator[Result, None],
        mask: Callable[[Exception], Result],
        *,
        cursor: str | None = None,
    ) -> None:
        self.responses = responses
        self.mask = mask
        self.cursor = cursor
        self.task: asyncio.Task[None] | None = None

    def begin(self, operation: RunningOperation) -> None:
        self.task = operation.start(partial(self.run, operation))

    def stop(self) -> None:
        if self.task is not None:
            self.task.cancel()

    async def renew(self, _: object) -> None:
        raise AssertionError

    async def run(self, operation: RunningOperation) -> None:
        """Send all responses, then end the operation."""
        try:
            async with aclosing(self.responses) as responses:
                async for one in responses:
                    if "data" not in one:
                        operation.fail(one["errors"])
                        return
                    await operation.send(orjson.dumps(one))
        except (Closing, Disconnected):
            raise
        except Exception as error:
            operation.fail([self.mask(error)])
        else:
            operation.complete()


@dataclass(frozen=True)
class Authentication:
    """Authenticates callers by a name that they give."""

    world: World

    async def authenticate(self, _: Scope, payload: dict[str, Any]) -> Caller:
        match payload.get("authorization"):
            case "bad":
                raise Closing(CloseCode.FORBIDDEN, "Forbidden")
            case "broken":
                raise KeyError("secret")
            case "slow":
                await asyncio.get_running_loop().create_future()
            case name:
                return Caller(name or "anonymous", self.world.operations)
        raise AssertionError

    def authenticate_at_once(self, _: Scope, __: dict[str, Any]) -> None:
        return None


@dataclass(frozen=True)
class Operations:
    """Runs operations over ``schema``; ``world`` shows and controls them."""

    world: World

    def join(self, _: Subscribe, __: Caller) -> None:
        return None

    async def begin(self, request: Subscribe, caller: Caller) -> Result | SocketSubscription:
        world = self.world
        if request.query in world.answers:
            return world.answers[request.query]
        try:
            document = parse(request.query)
        except GraphQLError as error:
            return {"errors": [error.formatted]}
        if errors := validate(schema._schema, document):
            return {"errors": [error.formatted for error in errors]}
        asked = (request.query, request.variables, world)
        if getattr(document.definitions[0], "operation", None) is OperationType.SUBSCRIPTION:
            results = await schema.subscribe(*asked, operation_name=request.operation_name)
            return Generated(forward(results), partial(self.mask, caller=caller))
        return response(await schema.execute(*asked, operation_name=request.operation_name))

    def mask(self, error: Exception, caller: Caller) -> Result:
        self.world.masked.append(error)
        return {"message": "Internal server error.", "extensions": {"requestId": caller.request_id}}

    def charge(self, _: Caller, __: int) -> None:
        return None


def toy_backend(world: World) -> Backend:
    """The server's part behind a socket, over ``schema``."""
    no_limits = ConnectionRegistry(SocketCounts(address=0, caller=0, tenant=0))
    return Backend(Authentication(world), Operations(world), no_limits)


async def forward(results: Any) -> AsyncGenerator[Result, None]:
    """The responses of a subscription; an internal error of its source is raised."""
    async with aclosing(results):
        async for result in results:
            if result.data is None:
                raise result.errors[0].original_error
            yield response(result)


def response(result: ExecutionResult) -> dict[str, Any]:
    """The response map of a result."""
    made: dict[str, Any] = {"data": result.data}
    if result.errors:
        made["errors"] = [error.formatted for error in result.errors]
    return made


def toy_socket(world: World, **limits: Any) -> GraphQLSocket:
    """A socket over the toy API."""
    return GraphQLSocket(toy_backend(world), SocketLimits(**limits))
