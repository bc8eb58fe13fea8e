"""The wiring: the Celery app is made when Django starts, so that every task uses its broker."""

from config.unused import not_installed

with not_installed("opentelemetry", "rich"):
    import redis.asyncio  # noqa: F401  # measures nothing by OpenTelemetry
    import structlog  # noqa: F401  # formats no exceptions by rich

from config.celery import app as celery_app

__all__ = ["celery_app"]
