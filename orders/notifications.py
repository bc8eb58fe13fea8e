"""PLACEHOLDER."""

from events.models import Event


def notify_customer(event: Event) -> None:
    """PLACEHOLDER."""
