"""Fixtures for tests of servers."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from graphql_server.tests.servers.echo_server import PATIENCE_SECONDS, Served, until


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    async with asyncio.timeout(3 * PATIENCE_SECONDS):
        served = Served()
        # uvicorn's signal handlers only work in the main thread.
        served.server.capture_signals = contextlib.nullcontext
        task = asyncio.create_task(served.server.serve([served.listening]))
        await until(lambda: served.server.started)
        yield served
        served.app.may_hear.set()
        served.server.should_exit = True
        await task
