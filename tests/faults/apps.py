"""Production's receivers, by the suite's clocks."""

from dataclasses import replace

from django.apps import AppConfig
from django.conf import settings


class FaultsConfig(AppConfig):
    """Comes last, so that all receivers are there."""

    name = "tests.faults"

    def ready(self) -> None:
        """Set leases and attempts."""
        from events import ledger
        from events.receivers import RECEIVERS

        lease = settings.FAULTS_LEASE_SECONDS
        ledger.RESEND_SECONDS = lease
        for name, receiver in RECEIVERS.items():
            RECEIVERS[name] = replace(receiver, lease_seconds=lease, max_attempts=settings.FAULTS_MAX_ATTEMPTS)
