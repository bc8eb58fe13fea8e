"""Production's receivers, by the suite's clocks."""

from dataclasses import replace
from typing import Any

from celery import signals
from django.apps import AppConfig
from django.conf import settings


class FaultsConfig(AppConfig):
    """Comes last, so that all receivers are there."""

    name = "tests.faults"

    def ready(self) -> None:
        """Set leases and attempts."""
        from events.dispatch import ledger
        from events.receivers import RECEIVERS
        from tests.faults.receivers import audit_and_raise_one_time_in_three

        lease = settings.FAULTS_LEASE_SECONDS
        ledger.BACKOFF_LIMIT_SECONDS = settings.FAULTS_BACKOFF_LIMIT_SECONDS
        for name, receiver in RECEIVERS.items():
            RECEIVERS[name] = replace(receiver, lease_seconds=lease, max_attempts=settings.FAULTS_MAX_ATTEMPTS)
        if settings.FAULTS_AUDIT_RAISES:
            RECEIVERS["audit"] = replace(RECEIVERS["audit"], handler=audit_and_raise_one_time_in_three)
        signals.worker_ready.connect(tell_that_the_worker_is_ready)


def tell_that_the_worker_is_ready(**_: Any) -> None:
    """As the relay does by itself."""
    print("The worker is ready.", flush=True)
