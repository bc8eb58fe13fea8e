"""Token buckets: each key may take a burst of points, and a number of points a second over time.

They are in this process's memory, or in Redis for all processes. A process takes more points from Redis than it needs
and spends the rest by itself, so most requests contact no server. While Redis does not answer, each process counts for
itself.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import structlog
from redis import RedisError

from tenants.redis_servers import client

log = structlog.get_logger(__name__)

ASK_SECONDS: Final = 0.05
PAUSE_SECONDS: Final = 5.0
KEPT_KEYS: Final = 10_000
LEASE: Final = 0.01  # the share of the bucket, in whole points, that is taken beyond the need

TAKE: Final = """
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local levels, enough = {}, 1
for i, key in ipairs(KEYS) do
    local rate, most = tonumber(ARGV[4 * i - 1]), tonumber(ARGV[4 * i])
    local kept = redis.call('HMGET', key, 'points', 'at')
    local points, at = tonumber(kept[1]) or most, tonumber(kept[2]) or now
    levels[i] = math.min(most, points + math.max(0, now - at) * rate)
    if levels[i] < tonumber(ARGV[4 * i - 3]) then enough = 0 end
end
local said = {enough}
for i, key in ipairs(KEYS) do
    local granted = 0
    if enough == 1 then
        granted = math.min(tonumber(ARGV[4 * i - 2]), levels[i])
        levels[i] = levels[i] - granted
        redis.call('HSET', key, 'points', tostring(levels[i]), 'at', string.format('%.6f', now))
        redis.call('PEXPIRE', key, math.ceil(1000 * ARGV[4 * i] / ARGV[4 * i - 1]) + 1000)
    end
    said[2 * i], said[2 * i + 1] = tostring(granted), tostring(levels[i])
end
return said
"""
"""For each key: need, want, rate and capacity. Grants the want, as far as there is, if all keys have the need."""


class Rate(NamedTuple):
    """A bucket's measures: points a second, and the most that it holds."""

    per_second: float
    most: float


class Taken(NamedTuple):
    """The result: ``wait_seconds`` is 0 if the points were granted; ``left`` is what the emptiest bucket has."""

    wait_seconds: float
    left: float


Limits = Sequence[tuple[str, Rate]]


@dataclass(slots=True)
class Level:
    """The last known level of a bucket at a time; a negative level is a debt.

    ``leased`` is what this process has taken in advance, ``owed`` what it still has to take.
    """

    points: float
    at: float
    leased: float = 0.0
    owed: float = 0.0

    def now(self, rate: Rate, now: float) -> float:
        """The most that it can hold now, without the lease."""
        return min(rate.most, self.points + (now - self.at) * rate.per_second)

    def lacks(self, points: float, rate: Rate) -> float:
        """The need beyond the lease."""
        return min(points, rate.most) - self.leased

    def owe(self, points: float, rate: Rate, now: float) -> None:
        """Take points from the lease, and then from the bucket, down to a debt of a whole bucket."""
        leased = min(self.leased, points)
        self.leased -= leased
        self.points, self.at = max(-rate.most, self.now(rate, now) - points + leased), now
        self.owed = min(rate.most, self.owed + points - leased)


class Levels(OrderedDict[str, Level]):
    """Levels by key, as many as were used last: one that is forgotten is full again."""

    def of(self, key: str, rate: Rate, now: float) -> Level:
        """The level of a key, full if it is new."""
        level = self.get(key)
        if level is None:
            level = self[key] = Level(rate.most, now)
            if len(self) > KEPT_KEYS:
                self.popitem(last=False)
        else:
            self.move_to_end(key)
        return level


class LocalBuckets:
    """Buckets in memory. Safe for threads."""

    def __init__(self) -> None:
        self.levels = Levels()
        self.lock = threading.Lock()

    def take(self, points: float, limits: Limits) -> Taken:
        """Take the points from all keys, or from none; a cost above the capacity counts as the capacity."""
        now = time.monotonic()
        with self.lock:
            levels = [(self.levels.of(key, rate, now), rate) for key, rate in limits]
            for level, rate in levels:
                level.points, level.at = level.now(rate, now), now
            wait = max(waiting(min(points, rate.most) - level.points, rate) for level, rate in levels)
            if wait <= 0:
                for level, rate in levels:
                    level.points -= min(points, rate.most)
            return Taken(max(wait, 0.0), min(level.points for level, _ in levels))

    def take_now(self, points: float, limits: Limits) -> Taken | None:
        """Like :meth:`take`: buckets in memory never wait."""
        return self.take(points, limits)

    def owe(self, points: float, limits: Limits) -> None:
        """Take the points even if there are too few: a bucket may owe as much as it can hold."""
        now = time.monotonic()
        with self.lock:
            for key, rate in limits:
                self.levels.of(key, rate, now).owe(points, rate, now)


def waiting(missing: float, rate: Rate) -> float:
    """The seconds until the missing points have come in."""
    return missing / rate.per_second


class SharedBuckets:
    """Buckets in Redis; local ones while Redis is unreachable. Safe for threads.

    Each request may take :data:`ASK_SECONDS`. After a failed one, none is sent for :data:`PAUSE_SECONDS`, and then by
    one thread at a time.
    """

    def __init__(self, url: str, prefix: str) -> None:
        self.prefix = prefix
        self.local = LocalBuckets()
        self.levels = Levels()
        self.lock = threading.Lock()
        self.is_away = False
        self.asks_again_at = 0.0
        self.script = client(url, seconds=ASK_SECONDS).register_script(TAKE)

    def take(self, points: float, limits: Limits) -> Taken:
        """Like :meth:`LocalBuckets.take`; the result has the points that this process knows of."""
        taken = self.take_now(points, limits)
        if taken is not None:
            return taken
        try:
            taken = self.ask(points, limits)
        except (RedisError, OSError) as error:
            self.failed(error)
            return self.local.take(points, limits)
        self.answered()
        return taken

    def take_now(self, points: float, limits: Limits) -> Taken | None:
        """Take from the lease, or find that there can't be enough; None if Redis must be asked."""
        now = time.monotonic()
        with self.lock:
            if self.is_away and now < self.asks_again_at:
                return self.local.take(points, limits)
            levels = [(self.levels.of(key, rate, now), rate) for key, rate in limits]
            if all(level.leased >= min(points, rate.most) for level, rate in levels):
                for level, rate in levels:
                    level.leased -= min(points, rate.most)
                return Taken(0.0, left(levels, now))
            wait = max(waiting(level.lacks(points, rate) - level.now(rate, now), rate) for level, rate in levels)
            if wait > 0:
                return Taken(wait, left(levels, now))
            if self.is_away:
                # Until this thread knows the result, the others send no request.
                self.asks_again_at = now + PAUSE_SECONDS
            return None

    def owe(self, points: float, limits: Limits) -> None:
        """Like :meth:`LocalBuckets.owe`, without a request to Redis: the next request carries it."""
        now = time.monotonic()
        with self.lock:
            if self.is_away:
                self.local.owe(points, limits)
                return
            for key, rate in limits:
                self.levels.of(key, rate, now).owe(points, rate, now)

    def ask(self, points: float, limits: Limits) -> Taken:
        """Take from Redis, in one round trip, the points that the leases lack, and new leases."""
        arguments: list[float] = []
        with self.lock:
            for key, rate in limits:
                level = self.levels.of(key, rate, time.monotonic())
                need = max(0.0, min(rate.most, level.lacks(points, rate) + level.owed))
                arguments += [need, min(rate.most, need + rate.most * LEASE // 1), rate.per_second, rate.most]
        enough, *said = self.script(keys=[f"{self.prefix}{key}" for key, _ in limits], args=arguments)
        return self.learned(points, limits, [float(one) for one in said], granted=enough == 1)

    def learned(self, points: float, limits: Limits, said: list[float], *, granted: bool) -> Taken:
        """Record the result from Redis: for each key the granted points, and the points left there."""
        now = time.monotonic()
        with self.lock:
            levels = [(self.levels.of(key, rate, now), rate) for key, rate in limits]
            for (level, rate), grant, there in zip(levels, said[::2], said[1::2], strict=True):
                if granted:
                    left_over = level.leased + grant - min(points, rate.most) - level.owed
                    level.leased, level.owed = max(0.0, left_over), max(0.0, -left_over)
                level.points, level.at = there - level.owed, now
            if granted:
                return Taken(0.0, left(levels, now))
            missing = max(waiting(level.lacks(points, rate) - level.points, rate) for level, rate in levels)
            return Taken(max(missing, 0.001), left(levels, now))

    def failed(self, error: Exception) -> None:
        """Redis did not answer."""
        with self.lock:
            first, self.is_away = not self.is_away, True
            self.asks_again_at = time.monotonic() + PAUSE_SECONDS
        if first:
            log.warning("buckets_local", error=type(error).__name__)

    def answered(self) -> None:
        """Redis answers again."""
        if self.is_away:
            self.is_away = False
            log.info("buckets_shared")


def left(levels: Sequence[tuple[Level, Rate]], now: float) -> float:
    """The points of the emptiest bucket, leases included."""
    return min(min(rate.most, level.now(rate, now) + level.leased) for level, rate in levels)


Buckets = LocalBuckets | SharedBuckets
