"""What is wrong with a request of a tenant's, and why an attempt failed."""

from collections.abc import Sequence

from orders.errors import FieldError, OrderError


class InvalidEndpoint(OrderError):
    """Some fields break a rule; ``errors`` names each."""

    def __init__(self, errors: Sequence[FieldError]) -> None:
        super().__init__("; ".join(f"{'.'.join(error.path)}: {error.message}" for error in errors))
        self._errors = list(errors)

    @property
    def errors(self) -> list[FieldError]:
        """Every field that breaks a rule."""
        return self._errors


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


class NotDelivered(Exception):
    """An attempt failed; the message says how, for the tenant."""
