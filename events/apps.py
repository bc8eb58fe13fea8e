"""The event log, the ledger of deliveries and the receivers."""

from django.apps import AppConfig


class EventsConfig(AppConfig):
    """Connects the fast path, unless the relay is the only driver, and registers the relay's periodic jobs."""

    name = "events"

    def ready(self) -> None:
        from events import retention  # noqa: F401
        from events.dispatch.on_commit import connect
        from events.metrics import gauges  # noqa: F401

        connect()
