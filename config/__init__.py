"""The wiring: the Celery app is made when Django starts, so that every task uses its broker."""

import gc

from config.unused import not_installed

PYTHONS_THRESHOLDS = gc.get_threshold()
# Nearly all that imports make stays. To look through it again and again is 7 % of the start of a process.
gc.set_threshold(50_000, 10, 20)

with not_installed("opentelemetry", "rich"):
    import redis.asyncio  # noqa: F401  # measures nothing by OpenTelemetry
    import structlog  # noqa: F401  # formats no exceptions by rich

from config.celery import app as celery_app  # noqa: E402  # the first lines are for it, too

__all__ = ["celery_app"]
