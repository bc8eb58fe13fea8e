"""The errors of the event log, its cursors, receivers and deliveries, and the kinds of failed attempts."""

FAILED, TIMED_OUT, UNAVAILABLE = "FAILED", "TIMED_OUT", "UNAVAILABLE"

LATE = {"LeaseOver", "SoftTimeLimitExceeded", "TimeLimitExceeded", "TimeoutError"}
AWAY = {
    *("BrokenPipeError", "ConnectionError", "ConnectionRefusedError", "ConnectionResetError", "gaierror"),
    *("InterfaceError", "OperationalError", "SMTPConnectError", "SMTPServerDisconnected"),
}


class EventsError(Exception):
    """Base of this package's errors; the docstring is the message, ``code`` is stable."""

    code = "EVENTS_ERROR"

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or type(self).__doc__)


class AppendOnly(EventsError):
    """This table is a record of events: rows are added, never changed or removed."""

    code = "APPEND_ONLY"


class InvalidCursor(EventsError):
    """The cursor does not belong to this event stream."""

    code = "INVALID_CURSOR"


class CursorExpired(EventsError):
    """The cursor is older than the retention: events after it have been removed. Load the data again."""

    code = "CURSOR_EXPIRED"

    def __init__(self, oldest: int) -> None:
        """``oldest`` is the sequence after which a client can go on."""
        super().__init__()
        self.oldest = oldest


class CursorAhead(CursorExpired):
    """The cursor is ahead of the log, which has been set back to an earlier state. Load the data again."""


class UnknownReceiver(EventsError):
    """There is no such receiver."""

    code = "NOT_FOUND"

    def __init__(self, name: str) -> None:
        super().__init__(f"There is no receiver {name[:50]!r}.")


class DeliveryNotFound(EventsError):
    """There is no such delivery."""

    code = "NOT_FOUND"


class NotRetryable(EventsError):
    """Only a delivery that is DEAD, RETRYING or SKIPPED can be tried again."""

    code = "INVALID_TRANSITION"


class RetryLater(Exception):
    """A delivery failed, and the other system asks to wait ``seconds`` before the next attempt."""

    def __init__(self, message: str, seconds: float = 0.0) -> None:
        super().__init__(message)
        self.seconds = seconds


class SignalNotSent(EventsError):
    """Services record events; receivers run after commit."""

    code = "SIGNAL_NOT_SENT"

    def __init__(self, event_type: str, service: str) -> None:
        """``service`` is the dotted name of the service that records the event; empty if it is not known."""
        todo = f"Call {service}, which appends" if service else "Append"
        super().__init__(
            f"{event_type} is not sent. {todo} the event to the log (events.log.append) in its transaction; "
            "the receivers run after commit."
        )


def kind_of_failure(last_error: str) -> str:
    """FAILED, TIMED_OUT or UNAVAILABLE, by the class at the beginning of a recorded error.

    A client may know the kind; the message may contain internals.
    """
    name = last_error.partition(":")[0]
    if name in LATE:
        return TIMED_OUT
    return UNAVAILABLE if name in AWAY else FAILED
