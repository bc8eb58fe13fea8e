"""Errors of requests of tenants, and of attempts to send an event."""

from events.errors import RetryLater
from orders.errors import InvalidFields, OrderError


class InvalidEndpoint(InvalidFields):
    """Some fields of an endpoint, or of what is asked of it, break a rule."""


class EndpointNotFound(OrderError):
    """There is no such webhook endpoint."""

    code, path = "NOT_FOUND", ("id",)


class WebhookDeliveryNotFound(OrderError):
    """There is no such delivery to a webhook endpoint."""

    code, path = "NOT_FOUND", ("id",)


class NotFinished(OrderError):
    """The delivery is about to be attempted anyway."""

    code, path = "INVALID_TRANSITION", ("id",)


class SecretLost(Exception):
    """The endpoint's secret can't be read: SECRET_KEY has changed. Rotate the endpoint's secret."""

    def __init__(self) -> None:
        super().__init__(SecretLost.__doc__)


class NotDelivered(RetryLater):
    """An attempt failed; the message says how, for the tenant."""
