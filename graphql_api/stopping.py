"""Ends an execution between two fields."""

from typing import Any

from graphql import GraphQLResolveInfo
from graphql.execution import Executor


class Stop:
    """Asks an execution in another thread to end."""

    __slots__ = ("requested",)

    def __init__(self) -> None:
        self.requested = False


class Stopped(BaseException):
    """The execution was asked to end. Not an Exception: no field may take it for its own error and go on."""


def stoppable(base: type[Executor[Any]]) -> type[Executor[Any]]:
    """``base``, which looks at its ``stop`` before it resolves each field: 0.1 µs."""

    class StoppableExecutor(base):  # type: ignore[misc, valid-type]  # the schema decides the base
        def __init__(self, *args: Any, stop: Stop, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.stop = stop

        def build_resolve_info(self, *args: Any) -> GraphQLResolveInfo[Any]:
            if self.stop.requested:
                raise Stopped
            return super().build_resolve_info(*args)  # type: ignore[no-any-return]  # as above

    return StoppableExecutor
