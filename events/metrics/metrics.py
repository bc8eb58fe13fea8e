"""The metrics of this package, with unit and labels. Labels are few and bounded, never an id."""

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

from django.utils import timezone
from prometheus_client import Counter, Gauge, Histogram

EVENTS_NUMBERED = Counter("events_numbered", "Events that got their sequence number.", ["type"])
RECEIVER_RUNS = Counter("events_receiver_runs", "Attempts of receivers, by outcome.", ["receiver", "outcome"])
RECEIVER_SECONDS = Histogram(
    "events_receiver_duration_seconds", "The duration of an attempt, in seconds.", ["receiver"]
)
RETRIES = Counter("events_retries", "Failed attempts that will be repeated.", ["receiver"])
DEAD_LETTERS = Counter("events_dead_letters", "Deliveries whose last attempt failed.", ["receiver"])
SEND_FAILURES = Counter(
    "events_send_failures", "Tasks that the broker did not accept; they are sent later.", ["receiver"]
)
STEP_FAILURES = Counter(
    "events_step_failures", "Failed steps of one tenant's work; the step pauses for a while.", ["step"]
)
PRUNED = Counter("events_pruned", "Events removed after their retention.")
PUBLISH_FAILURES = Counter(
    "events_publish_failures", ("Notifications that the channel layer did not accept; subscribers read the event log.")
)

DELIVERIES = Gauge(
    "events_deliveries",
    "Deliveries of all tenants that are unfinished or dead; counted by dispatchers.",
    ["receiver", "status"],
    multiprocess_mode="mostrecent",
)
LAG_SECONDS = Gauge(
    "events_receiver_lag_seconds",
    "The age of a receiver's oldest unfinished delivery, in seconds; measured by dispatchers.",
    ["receiver"],
    multiprocess_mode="mostrecent",
)
UNNUMBERED = Gauge(
    "events_unnumbered", "Events without a sequence number; counted by dispatchers.", multiprocess_mode="mostrecent"
)
UNNUMBERED_SECONDS = Gauge(
    "events_oldest_unnumbered_seconds",
    "The age of the oldest event without a sequence number, in seconds; measured by dispatchers.",
    multiprocess_mode="mostrecent",
)

QUEUE_MESSAGES = Gauge(
    "events_queue_messages",
    "Tasks in the broker that no worker has taken; counted by dispatchers.",
    ["queue"],
    multiprocess_mode="mostrecent",
)
DELIVERY_SECONDS = Histogram(
    "events_delivery_seconds",
    "From the opening of a delivery, right after its event's commit, until its receiver has succeeded, in seconds.",
    ["receiver"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0),
)


def count_delivered(receiver: str, opened_at: Iterable[datetime]) -> None:
    """Count deliveries of a receiver that have just succeeded, by the times at which they were opened."""
    now, seconds = timezone.now(), DELIVERY_SECONDS.labels(receiver)
    for opened in opened_at:
        seconds.observe(max((now - opened).total_seconds(), 0.0))


def count_numbered(types: Mapping[str, int]) -> None:
    """Count numbered events by type; call it after the commit."""
    for event_type, number in types.items():
        EVENTS_NUMBERED.labels(event_type).inc(number)


@contextmanager
def timed(receiver: str) -> Iterator[None]:
    """Count and time one attempt of a receiver, successful or not."""
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
