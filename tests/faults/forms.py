"""The two forms of the fault suite: short in ``./dev test``, long in ``./dev faults`` and ``./dev test --all``."""

import os
import random
from dataclasses import dataclass

from tests import form


@dataclass(frozen=True, slots=True)
class Form:
    """Repetitions, durations and waiting times.

    The long form has production's leases. The short one has shorter ones, so that a freeze of seconds is longer than
    one. Both have shorter pauses before the next attempt, so that a test sees the last attempt.
    """

    name: str
    rounds: int
    """How often each process is killed."""
    outage_seconds: float
    frozen_seconds: float
    """How long a dispatcher is frozen: longer than a lease."""
    lease_seconds: float
    """How long an attempt may be silent, and how long a sent task may stay unclaimed."""
    backoff_limit_seconds: float
    """The longest pause before a next attempt."""
    idle_transaction_seconds: int
    """How long PostgreSQL waits for a client that is silent within a transaction."""
    brokers: tuple[str, ...]
    """The brokers to run on: ``found`` is RabbitMQ if there is one, otherwise Redis."""


SHORT = Form(
    name="short",
    rounds=1,
    outage_seconds=3,
    frozen_seconds=6,
    lease_seconds=5,
    backoff_limit_seconds=0.5,
    idle_transaction_seconds=2,
    brokers=("found",),
)
LONG = Form(
    name="long",
    rounds=3,
    outage_seconds=6,
    frozen_seconds=30,
    lease_seconds=25,
    backoff_limit_seconds=6,
    idle_transaction_seconds=10,
    brokers=("RabbitMQ", "Redis"),
)

FORM = LONG if form.LONG else SHORT
SEED = int(os.environ.get("ORDERS_TEST_SEED") or random.SystemRandom().randrange(2**32))
