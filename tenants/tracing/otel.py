"""Makes spans with OpenTelemetry's SDK, and sends them by OTLP. Imported only where ``TRACING`` is on.

Spans have no texts of statements or documents, unless ``TRACING_DETAILS`` is on, and never arguments or messages of
exceptions, which may contain personal data. The SDK's own variables decide the rest: ``OTEL_EXPORTER_OTLP_ENDPOINT``,
``OTEL_TRACES_SAMPLER`` and others.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Final

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from opentelemetry import context as current
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Link, Span, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from tenants.tracing.spans import Kind

MOST_LINKS: Final = 64
_propagator = TraceContextTextMapPropagator()


class OpenTelemetry:
    """Implements :class:`tenants.tracing.spans.Tracing`.

    Args:
        process: what kind of process this is; the service's name is ``orders-`` and this.
        provider: where spans go; without it, to the collector that the SDK's variables name.
    """

    def __init__(self, process: str, provider: TracerProvider | None = None) -> None:
        if provider is None:
            provider = TracerProvider(resource=Resource.create({"service.name": f"orders-{process}"}))
            provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self.provider = provider
        self.tracer = provider.get_tracer("orders")
        connection_created.connect(self._connected, dispatch_uid="tenants.tracing", weak=False)

    def _connected(self, connection: BaseDatabaseWrapper, **_: Any) -> None:
        follow(connection, self.tracer)

    def span(
        self, name: str, kind: Kind, traceparents: Iterable[str] = (), **attributes: str | int
    ) -> AbstractContextManager[object]:
        """See :class:`tenants.tracing.spans.Tracing`."""
        parents = continued(traceparents)
        context = parents[0] if len(parents) == 1 else Context() if parents else None
        links = [Link(trace.get_current_span(parent).get_span_context()) for parent in parents[:MOST_LINKS]]
        made = self.tracer.start_span(
            name, context, SpanKind[kind.upper()], attributes, links if len(parents) > 1 else ()
        )
        return entered(made)

    def record(self, name: str, kind: Kind, began: float, traceparents: Iterable[str], **attributes: str | int) -> None:
        """See :class:`tenants.tracing.spans.Tracing`."""
        for parent in continued(traceparents):
            start = int(began * 1e9)
            self.tracer.start_span(name, parent, SpanKind[kind.upper()], attributes, start_time=start).end()

    def traceparent(self) -> str:
        """See :class:`tenants.tracing.spans.Tracing`."""
        carrier: dict[str, str] = {}
        _propagator.inject(carrier)
        return carrier.get("traceparent", "")

    def trace_id(self) -> str:
        """See :class:`tenants.tracing.spans.Tracing`."""
        found = trace.get_current_span().get_span_context()
        return trace.format_trace_id(found.trace_id) if found.is_valid else ""

    def end(self) -> None:
        """See :class:`tenants.tracing.spans.Tracing`."""
        connection_created.disconnect(dispatch_uid="tenants.tracing")
        self.provider.shutdown()


def continued(traceparents: Iterable[str]) -> list[Context]:
    """The spans that these headers name, each once; what is not such a header is left out."""
    contexts = [_propagator.extract({"traceparent": one}, Context()) for one in dict.fromkeys(traceparents) if one]
    return [context for context in contexts if trace.get_current_span(context).get_span_context().is_valid]


@contextmanager
def entered(span: Span) -> Iterator[Span]:
    """Make a span the current one inside, and end it. An exception marks it as failed, by its type."""
    token = current.attach(trace.set_span_in_context(span))
    try:
        yield span
    except Exception as error:
        span.set_status(Status(StatusCode.ERROR, type(error).__name__))
        raise
    finally:
        current.detach(token)
        span.end()


# --- The database -----------------------------------------------------------------------------------------------------


class Statements:
    """A wrapper of Django's ``execute``: a span for each statement that runs inside another span."""

    def __init__(self, tracer: trace.Tracer) -> None:
        self.tracer = tracer

    def __call__(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        """Run the statement. The span has its verb, and its text with places for its values if that is asked for."""
        if not trace.get_current_span().is_recording():
            return execute(sql, params, many, context)
        text = str(sql)
        verb = text.split(maxsplit=1)[0].upper() if text.strip() else "SQL"
        attributes = {"db.system.name": context["connection"].vendor, "db.operation.name": verb}
        if settings.TRACING_DETAILS:
            attributes["db.query.text"] = text
        with entered(self.tracer.start_span(verb, None, SpanKind.CLIENT, attributes)):
            return execute(sql, params, many, context)


class Transactions:
    """A connection's ``set_autocommit``: a span from the beginning of a transaction to its end, inside another span."""

    def __init__(self, connection: BaseDatabaseWrapper, tracer: trace.Tracer) -> None:
        self.set_autocommit = connection.set_autocommit
        self.tracer = tracer
        self.open: AbstractContextManager[Span] | None = None

    def __call__(self, autocommit: bool, *args: Any, **named: Any) -> None:
        """Begin or end a transaction. Django calls this after COMMIT or ROLLBACK, whichever it was."""
        if self.open is not None:
            self.open.__exit__(None, None, None)
            self.open = None
        if not autocommit and trace.get_current_span().is_recording():
            self.open = entered(self.tracer.start_span("transaction"))
            self.open.__enter__()
        self.set_autocommit(autocommit, *args, **named)


def follow(connection: BaseDatabaseWrapper, tracer: trace.Tracer) -> None:
    """Make spans of this connection's statements and transactions. A second call does nothing."""
    wrappers: list[Any] = connection.execute_wrappers
    if not any(isinstance(one, Statements) for one in wrappers):
        wrappers.append(Statements(tracer))
        vars(connection)["set_autocommit"] = Transactions(connection, tracer)
