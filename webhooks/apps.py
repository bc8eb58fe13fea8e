"""Webhooks: events sent to addresses that tenants register."""

from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    """Imports the receiver, and has each dispatcher send."""

    name = "webhooks"

    def ready(self) -> None:
        from webhooks import retention, sender, signals  # noqa: F401
