"""The kind of a failed attempt, which a client may know; the message it may not."""

FAILED, TIMED_OUT, UNAVAILABLE = "FAILED", "TIMED_OUT", "UNAVAILABLE"

LATE = {"LeaseOver", "SoftTimeLimitExceeded", "TimeLimitExceeded", "TimeoutError"}
AWAY = {
    *("BrokenPipeError", "ConnectionError", "ConnectionRefusedError", "ConnectionResetError", "gaierror"),
    *("InterfaceError", "OperationalError", "SMTPConnectError", "SMTPServerDisconnected"),
}


def kind_of_failure(last_error: str) -> str:
    """FAILED, TIMED_OUT or UNAVAILABLE, by the class at the beginning of a recorded error."""
    name = last_error.partition(":")[0]
    if name in LATE:
        return TIMED_OUT
    return UNAVAILABLE if name in AWAY else FAILED
