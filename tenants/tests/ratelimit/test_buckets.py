"""Buckets: points that were taken return over time, in one process or shared by all processes."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

import pytest
from redis import Redis

from tenants.ratelimit import buckets
from tenants.ratelimit.buckets import LocalBuckets, Rate, SharedBuckets
from tests.servers.processes import wait_until
from tests.servers.products import RedisServer

SLOW = Rate(per_second=10, most=100)
WIDE = Rate(per_second=100, most=1_000)


class Clock:
    """A clock that moves only when a test sets it."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of the local buckets."""
    clock = Clock()
    monkeypatch.setattr("tenants.ratelimit.buckets.time.monotonic", clock)
    return clock


def test_a_bucket_gives_its_points_and_then_what_refills(clock: Clock) -> None:
    bucket = LocalBuckets()

    assert [bucket.take(40, [("a", SLOW)]) for _ in range(3)] == [(0, 60), (0, 20), (2.0, 20)]
    clock.now += 2
    assert bucket.take(40, [("a", SLOW)]) == (0, 0)
    clock.now += 1_000
    assert bucket.take(0, [("a", SLOW)]) == (0, 100)


def test_a_refusal_takes_from_none_of_the_buckets(clock: Clock) -> None:
    bucket = LocalBuckets()
    bucket.take(90, [("own", SLOW)])

    assert bucket.take(50, [("own", SLOW), ("all", WIDE)]) == (4.0, 10)
    assert bucket.take(0, [("all", WIDE)]) == (0, 1_000)


def test_a_cost_above_the_capacity_takes_the_full_bucket(clock: Clock) -> None:
    bucket = LocalBuckets()

    assert bucket.take(500, [("a", SLOW)]) == (0, 0)
    assert bucket.take(500, [("a", SLOW)]).wait_seconds == 10


def test_buckets_are_dropped_when_there_are_too_many(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    monkeypatch.setattr(buckets, "KEPT_KEYS", 3)
    bucket = LocalBuckets()

    for key in "abcad":
        bucket.take(60, [(key, SLOW)])

    assert list(bucket.levels) == ["c", "a", "d"]


def test_a_bucket_may_owe_as_much_as_it_holds(clock: Clock) -> None:
    bucket = LocalBuckets()

    bucket.owe(150, [("a", SLOW)])
    assert bucket.take(10, [("a", SLOW)]) == (6.0, -50)
    bucket.owe(500, [("a", SLOW)])
    assert bucket.take(0, [("a", SLOW)]).wait_seconds == 10
    clock.now += 20
    assert bucket.take(500, [("a", SLOW)]) == (0, 0)


def test_threads_together_get_no_more_than_the_bucket_holds() -> None:
    bucket = LocalBuckets()
    granted: list[bool] = []

    def grab() -> None:
        granted.extend(bucket.take(1, [("a", Rate(0.001, 500))]).wait_seconds == 0 for _ in range(200))

    threads = [threading.Thread(target=grab) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(granted) == 500


@pytest.fixture
def shared(redis_server: RedisServer) -> Iterator[Callable[[], SharedBuckets]]:
    """Create the buckets of another process."""
    url, prefix = redis_server.url, f"test:{time.time_ns()}:"
    yield lambda: SharedBuckets(url, prefix)
    redis = Redis.from_url(url)
    for key in redis.scan_iter(f"{prefix}*"):
        redis.delete(key)


def counted(bucket: SharedBuckets) -> mock.Mock:
    """The requests that the buckets send to Redis from now on."""
    counting = mock.Mock(wraps=bucket.script)
    bucket.script = counting
    return counting


def test_processes_share_a_bucket(shared: Callable[[], SharedBuckets]) -> None:
    limits = [("a", Rate(0.001, 1_000))]
    first, second = shared(), shared()

    taken = [process.take(100, limits).wait_seconds == 0 for _ in range(10) for process in (first, second)]

    # Each process may hold a lease of ten that the other process needs.
    assert 9 <= sum(taken) <= 10


def test_most_requests_need_no_redis(shared: Callable[[], SharedBuckets]) -> None:
    process = shared()
    asked = counted(process)

    for _ in range(1_000):
        assert process.take(1, [("own", Rate(1, 100_000)), ("all", Rate(1, 400_000))]).wait_seconds == 0

    assert asked.call_count == 1


def test_debt_is_paid_with_the_next_request_to_redis(shared: Callable[[], SharedBuckets]) -> None:
    process = shared()
    asked = counted(process)
    limits = [("a", Rate(0.001, 1_000))]
    process.take(1, limits)

    process.owe(500, limits)
    assert asked.call_count == 1
    assert process.take(1, limits).wait_seconds == 0

    assert asked.call_count == 2
    assert shared().take(500, limits).wait_seconds > 0  # At most 498 are left.
    assert shared().take(480, limits).wait_seconds == 0


def test_a_debt_above_the_balance_must_refill_completely(shared: Callable[[], SharedBuckets]) -> None:
    process, limits = shared(), [("a", Rate(0.001, 1_000))]
    process.take(900, limits)  # There are 90 left in Redis, and a lease of 10.

    process.owe(500, limits)

    assert 400_000 < process.take(1, limits).wait_seconds < 402_000
    assert 1_399_000 < process.take(1_000, limits).wait_seconds < 1_401_000


def test_a_caller_in_debt_is_refused_without_redis(shared: Callable[[], SharedBuckets]) -> None:
    process, limits = shared(), [("a", Rate(0.001, 100))]
    asked = counted(process)

    for _ in range(3):
        process.owe(40, limits)

    refused = process.take_now(40, limits)
    assert refused is not None
    assert refused.wait_seconds > 50_000
    assert asked.call_count == 0


def test_a_full_bucket_pays_the_debt(shared: Callable[[], SharedBuckets]) -> None:
    process, limits = shared(), [("a", Rate(100, 100))]  # a second from empty to full
    process.owe(100, limits)
    while process.take_now(100, limits) is not None:
        time.sleep(0.01)  # until as many points have come in

    assert process.take(100, limits).wait_seconds == 0
    assert process.take(100, limits).wait_seconds > 0.05  # unless a second has passed since


def test_an_empty_bucket_refuses_without_redis(shared: Callable[[], SharedBuckets]) -> None:
    process = shared()
    asked = counted(process)
    limits = [("a", Rate(0.001, 100))]

    assert process.take(100, limits).wait_seconds == 0
    assert all(process.take(50, limits).wait_seconds > 1_000 for _ in range(100))

    assert asked.call_count == 1


def test_a_shared_bucket_fills_up(shared: Callable[[], SharedBuckets]) -> None:
    process, limits = shared(), [("a", Rate(100, 100))]

    assert process.take(100, limits).wait_seconds == 0
    refused = process.take(100, limits)
    assert 0 < refused.wait_seconds <= 1
    wait_until(lambda: not process.take(100, limits).wait_seconds, timeout_seconds=20, what="the bucket to be full")


@pytest.fixture
def silent_redis() -> Iterator[str]:
    """The address of a server that accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"redis://127.0.0.1:{listening.getsockname()[1]}/0"


def test_a_frozen_redis_gets_one_request_and_then_none_for_a_while(silent_redis: str) -> None:
    process = SharedBuckets(silent_redis, "x:")
    asked = counted(process)
    limits = [("a", Rate(0.001, 100))]

    began = time.monotonic()
    granted = [process.take(10, limits).wait_seconds == 0 for _ in range(20)]
    seconds = time.monotonic() - began

    assert (sum(granted), asked.call_count) == (10, 1)
    assert seconds < 2  # One request of 50 ms, on a busy machine; without a limit the request would never end.
    process.asks_again_at = 0
    process.take(1, [("b", SLOW)])
    assert asked.call_count == 2


def test_a_redis_that_is_back_gets_requests_again(shared: Callable[[], SharedBuckets]) -> None:
    process, limits = shared(), [("a", Rate(0.001, 100))]
    process.failed(OSError())
    process.asks_again_at = 0

    assert process.take(60, limits).wait_seconds == 0

    assert not process.is_away
    assert shared().take(60, limits).wait_seconds > 0


def test_one_thread_finds_out_whether_redis_is_back(silent_redis: str) -> None:
    process = SharedBuckets(silent_redis, "x:")
    process.failed(OSError())
    process.asks_again_at = 0

    results: list[Any] = [process.take_now(1, [("a", SLOW)]) for _ in range(3)]

    assert results[0] is None
    assert [taken.wait_seconds for taken in results[1:]] == [0, 0]
