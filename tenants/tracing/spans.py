"""Spans of traces (OpenTelemetry), where ``TRACING`` is on: then ``tracing`` is set.

Otherwise OpenTelemetry is not imported, and a span only reads ``tracing``.
"""

from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from typing import Final, Literal, Protocol

from django.conf import settings
from django.utils.module_loading import import_string

Kind = Literal["server", "client", "producer", "consumer", "internal"]
NOTHING: Final = nullcontext()


class Tracing(Protocol):
    """Makes spans. ``traceparents`` are those of the requests that a span continues (W3C Trace Context): of one, the
    span is a child; to several it has links. Without any it is a child of the current span, if there is one.
    """

    def span(
        self, name: str, kind: Kind, traceparents: Iterable[str] = (), **attributes: str | int
    ) -> AbstractContextManager[object]:
        """A span around what happens inside. An exception marks it as failed, by its type alone."""

    def record(self, name: str, kind: Kind, began: float, traceparents: Iterable[str], **attributes: str | int) -> None:
        """A finished span for each of these traces, from ``began`` (seconds since 1970) until now."""

    def traceparent(self) -> str:
        """The current span, in the form of the header; empty without one."""

    def trace_id(self) -> str:
        """The current trace's id; empty without one."""

    def end(self) -> None:
        """Send the spans that are left."""


tracing: Tracing | None = None


def begin(process: str) -> None:
    """Begin to make spans in this process (``web``, ``worker``, ``dispatcher``), if ``TRACING`` is on and it has not.

    Call it after a fork: the spans are sent by a thread.

    Raises:
        ImportError: the packages of the extra ``otel`` are missing.
    """
    global tracing  # noqa: PLW0603 -- set once
    if settings.TRACING and tracing is None:
        tracing = import_string("tenants.tracing.otel.OpenTelemetry")(process)


def end() -> None:
    """Send the spans that are left, for at most some seconds; for the end of a process."""
    if tracing is not None:
        tracing.end()


def span(
    name: str, kind: Kind = "internal", traceparents: Iterable[str] = (), **attributes: str | int
) -> AbstractContextManager[object]:
    """A span around what happens inside, see :class:`Tracing`; nothing where tracing is off."""
    return NOTHING if tracing is None else tracing.span(name, kind, traceparents, **attributes)


def traceparent(given: str = "") -> str:
    """The current span as a header; where there is none, the given one."""
    return (tracing.traceparent() if tracing is not None else "") or given
