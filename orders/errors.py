"""The errors of the services, each with a stable code."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldError:
    """One rule that one field breaks; ``path`` leads to it in the input, such as ``("lines", "0", "quantity")``."""

    code: str
    path: tuple[str, ...]
    message: str
    current_version: int | None = None
    """With a stale version, the order's."""


class OrderError(Exception):
    """Base of errors that a client can act on; the docstring is the message."""

    code = "INVALID"
    path: tuple[str, ...] = ()

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (type(self).__doc__ or "").split("\n", maxsplit=1)[0])

    @property
    def errors(self) -> list[FieldError]:
        """Everything that is wrong; at least one."""
        return [FieldError(self.code, self.path, str(self))]


class InvalidFields(OrderError):
    """Some fields break a rule; ``errors`` names each."""

    def __init__(self, errors: Sequence[FieldError]) -> None:
        super().__init__("; ".join(f"{'.'.join(error.path)}: {error.message}" for error in errors))
        self._errors = list(errors)

    @property
    def errors(self) -> list[FieldError]:
        """Every field that breaks a rule, in the order of the input."""
        return self._errors


class InvalidOrder(InvalidFields):
    """Some fields of an order, or of a change to it, break a rule."""


REFERENCE_TAKEN = FieldError("TAKEN", ("externalReference",), "Another order has this reference.")


class ReferenceConflict(InvalidOrder):
    """Another order took the reference a moment ago."""

    def __init__(self) -> None:
        super().__init__([REFERENCE_TAKEN])


class OrderNotFound(OrderError):
    """There is no such order."""

    code, path = "NOT_FOUND", ("id",)


class InvalidTransition(OrderError):
    """The order's status does not allow this."""

    code = "INVALID_TRANSITION"

    def __init__(self, before: str, after: str) -> None:
        super().__init__(f"An order cannot change from {before} to {after}.")


class NotPaid(OrderError):
    """The order was never paid, so there is nothing to refund."""

    code = "INVALID_TRANSITION"

    def __init__(self, status: str) -> None:
        super().__init__(f"The order is {status} and was never paid, so there is nothing to refund.")


class StaleVersion(OrderError):
    """The order has changed since you read it."""

    code, path = "STALE_VERSION", ("expectedVersion",)

    def __init__(self, current_version: int) -> None:
        super().__init__()
        self.current_version = current_version

    @property
    def errors(self) -> list[FieldError]:
        """The one error, with the order's version."""
        return [FieldError(self.code, self.path, str(self), self.current_version)]


class KeyReused(OrderError):
    """This idempotency key was used with another input."""

    code, path = "IDEMPOTENCY_KEY_REUSED", ("idempotencyKey",)


class KeyInProgress(OrderError):
    """A call with this idempotency key is still running; try again."""

    code, path = "IDEMPOTENCY_IN_PROGRESS", ("idempotencyKey",)


class UseOrderService(TypeError):
    """An order changes only through orders.services (pay_order, ship_order, …), which write its event."""
