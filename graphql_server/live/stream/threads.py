"""The threads on which event loops read from the source of events."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from graphql_server.connections import healthy_connections

T = TypeVar("T")
_threads = ThreadPoolExecutor(4, thread_name_prefix="feed")


async def in_thread(read: Callable[..., T], *arguments: Any) -> T:
    """Read from the database on a thread of these: a full pool of operations does not keep events waiting."""

    def healthy() -> T:
        with healthy_connections():
            return read(*arguments)

    return await asyncio.get_running_loop().run_in_executor(_threads, healthy)
