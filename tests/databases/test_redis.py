"""The channel layer and our clients over several Redis servers, over Sentinel with a failover, and over TLS."""

import asyncio
import gc
import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import redis
from channels_redis.pubsub import RedisPubSubChannelLayer

from tenants.ratelimit.buckets import Rate, SharedBuckets
from tenants.redis_servers import channel_hosts, client
from tests.runner.skips import NO_REDIS_TLS
from tests.servers import redis_servers
from tests.servers.processes import wait_until
from tests.servers.server import NoServer

GROUPS = [f"orders.events.{number:032x}" for number in range(20)]
SECONDS = 30


@asynccontextmanager
async def layer_at(url: str) -> AsyncIterator[Any]:
    """The channel layer of this REDIS_URL, as the settings make it, but for the patience of a busy machine."""
    hosts = channel_hosts(url, socket_connect_timeout=SECONDS, socket_timeout=None)
    layer = RedisPubSubChannelLayer(hosts=hosts, prefix="test")
    yield layer
    await layer.flush()


async def passes_on(layer: Any, groups: list[str]) -> None:
    """Send a message to each group, and wait for all of them."""
    channels = {group: await layer.new_channel() for group in groups}
    for group, channel in channels.items():
        await layer.group_add(group, channel)
    async with asyncio.timeout(SECONDS):
        for group in groups:
            await layer.group_send(group, {"type": "test", "group": group})
        assert [(await layer.receive(channel))["group"] for channel in channels.values()] == groups


async def test_groups_are_spread_over_shards_by_their_names() -> None:
    with redis_servers.plain() as one, redis_servers.plain() as two:
        listened = []
        async with layer_at(f"redis://127.0.0.1:{one}/0;redis://127.0.0.1:{two}/0") as layer:
            await passes_on(layer, GROUPS)
            for port in (one, two):
                with redis.Redis(port=port) as server:
                    listened.append({name.decode() for name in server.pubsub_channels("test__group__*")})

    assert listened[0].isdisjoint(listened[1])
    assert listened[0] | listened[1] == {f"test__group__{group}" for group in GROUPS}
    assert all(listened)


@pytest.fixture
def sentinels_clients() -> Iterator[None]:
    """redis-py leaves connections to sentinels to the garbage collector."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@pytest.mark.long
@pytest.mark.usefixtures("sentinels_clients")
@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
async def test_all_go_on_after_sentinel_has_named_another_master() -> None:
    with ExitStack() as stack:
        master = stack.enter_context(redis_servers.plain())
        replica = stack.enter_context(redis_servers.plain("--replicaof", "127.0.0.1", str(master)))
        port = stack.enter_context(redis_servers.sentinel(master))
        url = f"redis+sentinel://127.0.0.1:{port}/0?master_name=orders"
        with redis.Redis(port=port, decode_responses=True) as sentinel:
            wait_until(
                lambda: sentinel.sentinel_slaves("orders"), timeout_seconds=SECONDS, what="sentinel to know the replica"
            )
            async with layer_at(url) as layer:
                await passes_on(layer, GROUPS[:2])
            buckets = SharedBuckets(url, "test:")
            assert buckets.take(1, [("caller", Rate(1, 100))]).wait_seconds == 0

            wait_until(lambda: fails_over(sentinel), timeout_seconds=SECONDS, what="sentinel to begin")
            wait_until(
                lambda: sentinel.sentinel_get_master_addr_by_name("orders") == ("127.0.0.1", replica),
                timeout_seconds=SECONDS,
                what="another master",
            )
            wait_until(lambda: is_master(url), timeout_seconds=SECONDS, what="our client to follow")
            async with layer_at(url) as layer:
                await passes_on(layer, GROUPS[:2])
            assert buckets.take(1, [("caller", Rate(1, 100))]).wait_seconds == 0


def fails_over(sentinel: Any) -> bool:
    """Order a failover; false while the sentinel has found no good replica."""
    try:
        return bool(sentinel.execute_command("SENTINEL", "FAILOVER", "orders"))
    except redis.ResponseError:
        return False


def is_master(url: str) -> bool:
    """Whether our client reaches a server that may be written to."""
    try:
        with client(url, seconds=1) as server:
            return bool(server.set("written", 1))
    except redis.RedisError:
        return False


async def test_tls_checks_the_servers_certificate(tmp_path: Path) -> None:
    with ExitStack() as stack:
        try:
            url = stack.enter_context(redis_servers.with_tls(tmp_path))
        except NoServer:
            pytest.skip(NO_REDIS_TLS)
        async with layer_at(url) as layer:
            await passes_on(layer, GROUPS[:2])
        with client(url, seconds=5) as server:
            assert server.ping()
        with (
            client(url.partition("?")[0], seconds=5) as server,
            pytest.raises(redis.ConnectionError, match="certificate"),
        ):
            server.ping()
