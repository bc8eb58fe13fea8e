"""The main job through PgBouncer, which pools transactions: no statement relies on what an earlier one left."""

from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.e2e.shop import assert_side_effects, trade
from tests.e2e.stack import Production, environment_of
from tests.runner.skips import NO_PGBOUNCER
from tests.servers.pgbouncer import pgbouncer
from tests.servers.products import PostgresServer, RedisServer
from tests.servers.server import NoServer

pytestmark = [pytest.mark.e2e, pytest.mark.long]
SERVER_CONNECTIONS = 3
"""Fewer than the processes have among them, so that they get one another's."""


async def test_the_main_job_runs_through_pgbouncer(
    tmp_path: Path, postgres_server: PostgresServer, redis_server: RedisServer
) -> None:
    services = environment_of(postgres_server.logins, redis_server.environment)
    with ExitStack() as pool:
        try:
            url = pool.enter_context(pgbouncer(services["DATABASE_URL"], server_connections=SERVER_CONNECTIONS))
        except NoServer:
            pytest.skip(NO_PGBOUNCER)
        stack = Production(tmp_path, "uvicorn", services | {"DATABASE_URL": url})
        with stack.running() as shop:
            day = await trade(shop, clients=4, orders_each=5)
            day.assert_seen_once_and_in_order()
            await assert_side_effects(shop, day, stack.mails)
