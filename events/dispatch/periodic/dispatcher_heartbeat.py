"""A row for each running dispatcher, as a proof that it runs."""

import platform
import time
from datetime import timedelta
from uuid import uuid4

import structlog
from django.db.models.functions import Now

from events.models import DispatcherHeartbeat

log = structlog.get_logger(__name__)

EVERY_SECONDS = 1.5
STALE_SECONDS = 5.0
FORGOTTEN_SECONDS = 60.0


class Heartbeat:
    """The heartbeat of one dispatcher."""

    def __init__(self) -> None:
        self.id = uuid4()
        self.next_at = float("-inf")

    def write(self) -> None:
        """Write the heartbeat, every ``EVERY_SECONDS``."""
        if time.monotonic() < self.next_at:
            return
        self.next_at = time.monotonic() + EVERY_SECONDS
        rows = DispatcherHeartbeat.objects
        if not rows.filter(pk=self.id).update(seen_at=Now()):
            rows.filter(seen_at__lt=Now() - timedelta(seconds=FORGOTTEN_SECONDS)).delete()
            rows.create(id=self.id, host=platform.node()[:100], seen_at=Now())

    def end(self) -> None:
        """Record that the dispatcher has ended; if that fails, the row is stale soon."""
        try:
            DispatcherHeartbeat.objects.filter(pk=self.id).delete()
        except Exception as error:  # the database is unreachable
            log.info("heartbeat_not_removed", error=type(error).__name__)


def is_any_running() -> bool:
    """Whether a dispatcher has written its heartbeat within ``STALE_SECONDS``, by the database's clock."""
    found: bool = DispatcherHeartbeat.objects.filter(seen_at__gte=Now() - timedelta(seconds=STALE_SECONDS)).exists()
    return found
