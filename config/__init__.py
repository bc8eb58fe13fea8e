"""The wiring: the Celery app is made when Django starts, so that every task uses its broker."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
