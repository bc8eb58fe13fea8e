"""Every metric: name, unit, labels. Labels are few and bounded, never an id."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from prometheus_client import Counter, Gauge, Histogram

EVENTS_NUMBERED = Counter("events_numbered", "Events that got their place in a tenant's stream.", ["type"])
RECEIVER_RUNS = Counter("events_receiver_runs", "Attempts of receivers.", ["receiver", "outcome"])
RECEIVER_SECONDS = Histogram("events_receiver_duration_seconds", "How long an attempt took.", ["receiver"])
RETRIES = Counter("events_retries", "Attempts that failed and are made again.", ["receiver"])
DEAD_LETTERS = Counter("events_dead_letters", "Deliveries that were given up after their last attempt.", ["receiver"])
SEND_FAILURES = Counter(
    "events_send_failures", "Tasks that the broker did not take; they are sent later.", ["receiver"]
)
STEP_FAILURES = Counter(
    "events_step_failures", "Steps of one tenant's work that failed; it is left alone for a while.", ["step"]
)
PRUNED = Counter("events_pruned", "Events removed because they were past retention.")
PUBLISH_FAILURES = Counter("events_publish_failures", "Group messages that could not be sent; the hubs read the log.")

DELIVERIES = Gauge(
    "events_deliveries",
    "Deliveries of all tenants that are unfinished or dead; counted by relays.",
    ["receiver", "status"],
    multiprocess_mode="mostrecent",
)
LAG_SECONDS = Gauge(
    "events_receiver_lag_seconds",
    "How long a receiver's oldest unfinished delivery has been open; measured by relays.",
    ["receiver"],
    multiprocess_mode="mostrecent",
)
UNNUMBERED = Gauge(
    "events_unnumbered", "Events without their place in a stream; counted by relays.", multiprocess_mode="mostrecent"
)
UNNUMBERED_SECONDS = Gauge(
    "events_oldest_unnumbered_seconds",
    "How long the oldest event has been without its place; measured by relays.",
    multiprocess_mode="mostrecent",
)


def count_numbered(types: Mapping[str, int]) -> None:
    """Count events that were numbered, by type; to be called once that has committed."""
    for event_type, number in types.items():
        EVENTS_NUMBERED.labels(event_type).inc(number)


@contextmanager
def timed(receiver: str) -> Iterator[None]:
    """Count and time one attempt of a receiver, whatever becomes of it."""
    outcome, begun = "failed", time.perf_counter()
    try:
        yield
        outcome = "succeeded"
    finally:
        RECEIVER_RUNS.labels(receiver, outcome).inc()
        RECEIVER_SECONDS.labels(receiver).observe(time.perf_counter() - begun)


def count_runs(receiver: str, count: int, seconds: float) -> None:
    """Count and time attempts that succeeded together."""
    RECEIVER_RUNS.labels(receiver, "succeeded").inc(count)
    duration = RECEIVER_SECONDS.labels(receiver)
    for _ in range(count):
        duration.observe(seconds / count)
