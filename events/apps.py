"""The event log, the ledger of deliveries and the receivers."""

from django.apps import AppConfig


class EventsConfig(AppConfig):
    """Connects the signal of recorded events, and registers the dispatcher's periodic jobs."""

    name = "events"

    def ready(self) -> None:
        from events import retention  # noqa: F401
        from events.dispatch.notification import connect
        from events.dispatch.periodic import gauges, queue_depth  # noqa: F401

        connect()
