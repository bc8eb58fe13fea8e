"""The Celery app; every setting of its own begins with ``CELERY_`` in :mod:`config.settings`."""

import os
from typing import Any

from celery import Celery
from django.conf import settings
from kombu import Connection

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")


class OrdersCelery(Celery):
    """Sends with bounds of its own: a sender must not wait for a broker, a worker has to."""

    def connection_for_write(self, url: str | None = None, **options: Any) -> Connection:
        """A connection to send through; within a second it has sent or it raises."""
        given = options.pop("transport_options", None) or {}  # Celery's own connection() names it and gives None.
        bounds = {**settings.BROKER_SEND_OPTIONS, **given}
        connection: Connection = super().connection_for_write(url, transport_options=bounds, **options)
        return connection


app = OrdersCelery("orders")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
