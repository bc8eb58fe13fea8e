"""Fields that read the database: immediately in a query's thread, elsewhere off the event loop."""

import asyncio
from collections.abc import Awaitable
from typing import Any

from asgiref.sync import sync_to_async
from strawberry.extensions import FieldExtension
from strawberry.types import Info

from graphql_server.connections import healthy_connections
from graphql_server.internals import SyncExtensionResolver


class OffLoop(FieldExtension):
    """Runs the resolver in a thread where an event loop is running: asgiref's pool, not its one shared thread."""

    def resolve(
        self, next_: SyncExtensionResolver, source: Any, info: Info[Any, Any], **kwargs: Any
    ) -> Any | Awaitable[Any]:
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return next_(source, info, **kwargs)

        def work() -> Any:
            with healthy_connections():
                return next_(source, info, **kwargs)

        return sync_to_async(work, thread_sensitive=False)()
