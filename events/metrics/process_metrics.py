"""Metrics that are read when they are requested: the process's database pool, its limit, the collector's pauses."""

import gc
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from typing import Final

from django.db import DEFAULT_DB_ALIAS, connections
from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

GENERATIONS = 3
LIMIT_FILES: Final = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
"""Where a container reads how much memory it may take: in version 2 of control groups, and in version 1."""


class Pools(Collector):
    """The pools of database connections of this process; nothing where there is none (SQLite)."""

    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        registry.register(self)

    def describe(self) -> Iterator[Metric]:
        """The metrics, without reading them."""
        yield from self.families()

    def collect(self) -> Iterator[Metric]:
        """Read the pools' own numbers."""
        connections_, waiting, seconds, errors = self.families()
        pools = getattr(type(connections[DEFAULT_DB_ALIAS]), "_connection_pools", {})
        for alias, pool in tuple(pools.items()):
            stats = pool.get_stats()
            free = stats.get("pool_available", 0)
            connections_.add_metric([alias, "free"], free)
            connections_.add_metric([alias, "used"], stats.get("pool_size", 0) - free)
            connections_.add_metric([alias, "most"], stats.get("pool_max", 0))
            waiting.add_metric([alias], stats.get("requests_waiting", 0))
            seconds.add_metric([alias], stats.get("requests_wait_ms", 0) / 1000)
            errors.add_metric([alias], stats.get("requests_errors", 0))
        yield from (connections_, waiting, seconds, errors)

    @staticmethod
    def families() -> tuple[GaugeMetricFamily, GaugeMetricFamily, CounterMetricFamily, CounterMetricFamily]:
        """The metrics, empty."""
        return (
            GaugeMetricFamily(
                "database_pool_connections",
                "Connections of a process's pool: free, used, and the most that it may have.",
                labels=["database", "state"],
            ),
            GaugeMetricFamily(
                "database_pool_waiting", "Threads that wait for a connection of the pool.", labels=["database"]
            ),
            CounterMetricFamily(
                "database_pool_wait_seconds", "Seconds that threads have waited for a connection.", labels=["database"]
            ),
            CounterMetricFamily(
                "database_pool_errors", "Requests for a connection that ended without one.", labels=["database"]
            ),
        )


class Pauses(Collector):
    """Seconds for which the garbage collector has stopped the process, by generation."""

    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        registry.register(self)

    def collect(self) -> Iterator[Metric]:
        """The seconds so far."""
        family = CounterMetricFamily(
            "python_gc_pause_seconds",
            "Seconds in which the garbage collector stopped the process.",
            labels=["generation"],
        )
        for generation, seconds in enumerate(_paused.seconds):
            family.add_metric([str(generation)], seconds)
        yield family


class MemoryLimit(Collector):
    """How much memory the process's container may take; no number where it has no limit."""

    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        registry.register(self)

    def collect(self) -> Iterator[Metric]:
        """The limit now: it may be changed while the container runs."""
        family = GaugeMetricFamily(
            "process_memory_limit_bytes", "Memory that the process's container may take; none if there is no limit."
        )
        texts = [path.read_text().strip() for path in LIMIT_FILES if path.is_file()]
        for text in texts[:1]:
            if text.isdecimal():
                family.add_metric([], int(text))
        yield family


class _Paused:
    """Adds up the pauses. Uses no metric of the library: a collection may begin while one of its locks is held."""

    def __init__(self) -> None:
        self.seconds = [0.0] * GENERATIONS
        self.began = 0.0

    def __call__(self, phase: str, info: dict[str, int]) -> None:
        if phase == "start":
            self.began = perf_counter()
        else:
            self.seconds[info["generation"]] += perf_counter() - self.began


_paused = _Paused()
gc.callbacks.append(_paused)
Pools()
Pauses()
MemoryLimit()
