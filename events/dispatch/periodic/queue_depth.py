"""The gauge of the tasks that wait in the broker."""

from typing import Any

from celery import current_app
from django.conf import settings
from kombu.exceptions import OperationalError

from events.dispatch.periodic.scheduler import every
from events.metrics import metrics

SECONDS = 15.0
CONNECT_SECONDS = 1.0


@every(SECONDS, name="queue_depth")
def measure() -> None:
    """Count the messages of the queue that no worker has taken yet. While the broker is away, the gauge is not set."""
    queue = settings.CELERY_TASK_DEFAULT_QUEUE
    broker: Any = current_app.connection_for_write(connect_timeout=CONNECT_SECONDS)
    try:
        with broker, broker.channel() as channel:
            waiting = channel.queue_declare(queue=queue, passive=True).message_count
    except broker.channel_errors:  # There is no such queue: Redis has none while it is empty.
        waiting = 0
    except (OperationalError, *broker.connection_errors):
        return
    metrics.QUEUE_MESSAGES.labels(queue).set(waiting)
