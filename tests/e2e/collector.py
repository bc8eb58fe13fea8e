"""A collector of traces: takes spans by OTLP over HTTP, as any collector does, and keeps them."""

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)


@dataclass(frozen=True, slots=True)
class Received:
    """A span: the service that sent it, its name, its trace, and the traces that it has links to."""

    service: str
    name: str
    trace: bytes
    linked: frozenset[bytes]


@dataclass
class Collector:
    """The spans that have come to ``endpoint``."""

    endpoint: str
    spans: list[Received] = field(default_factory=list)

    def take(self, request: ExportTraceServiceRequest) -> None:
        """Keep the spans of a request."""
        for group in request.resource_spans:
            [service] = [one.value.string_value for one in group.resource.attributes if one.key == "service.name"]
            self.spans += [
                Received(service, span.name, span.trace_id, frozenset(link.trace_id for link in span.links))
                for scope in group.scope_spans
                for span in scope.spans
            ]

    def traces_with(self, service: str, name: str = "") -> set[bytes]:
        """The traces that have a span of this service, or one with a link to them; of this name, if one is given."""
        found = [one for one in self.spans if one.service == service and name in ("", one.name)]
        return {trace for one in found for trace in (one.trace, *one.linked)}


@contextmanager
def collector() -> Iterator[Collector]:
    """A collector on a port of its own while the block runs."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            assert (self.path, self.headers["content-type"]) == ("/v1/traces", "application/x-protobuf")
            kept.take(ExportTraceServiceRequest.FromString(body))
            answer = ExportTraceServiceResponse().SerializeToString()
            self.send_response(200)
            self.send_header("content-type", "application/x-protobuf")
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        kept = Collector(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield kept
        finally:
            server.shutdown()
            thread.join()
