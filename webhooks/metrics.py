"""The metrics of this package. Durations, retries and backlogs are in those of ``events``, as receiver ``webhook``."""

from prometheus_client import Counter

ATTEMPTS = Counter(
    "webhooks_attempts", "Requests to webhook endpoints, by outcome; tests are not counted.", ["outcome"]
)
