"""Structured logs: a constant event name with fields; JSON for machines, colours for a terminal."""

import logging
import os
import re
import select
import stat
import sys
from collections.abc import Mapping
from functools import wraps
from traceback import extract_tb
from typing import Any, Final, TextIO

import structlog
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest
from prometheus_client import Counter

from tenants.context import current_caller
from tenants.tracing import spans

# The libraries' everyday news, which the ledger and the log of requests have too; the level is the least that is shown.
QUIET = {
    "celery": logging.WARNING,
    "celery.worker.control": logging.ERROR,
    "daphne": logging.WARNING,
    "fontTools": logging.WARNING,
    "kombu": logging.ERROR,
}

ADDRESSES_LOGGED_BY: Final = ("uvicorn.access", "uvicorn.error")
MOST_OF_A_CLIENTS_TEXT: Final = 200
MAIL_ADDRESS: Final = re.compile(r"[^\s/'\"<>]+@[^\s/'\"<>]+")
LEFT_OUT: Final = "…"
MOST_PLACES: Final = 20
"""The number of an exception's calls that are shown: the innermost."""
UNREACHABLE: Final = (OperationalError, InterfaceError, ConnectionError, TimeoutError)

READER_SECONDS: Final = 0.2
"""Seconds that a line may wait for a reader, such as a terminal; later lines do not wait until it reads again."""
LINES_DROPPED = Counter("log_lines_dropped", "Lines of the log that were dropped because its reader did not read.")

PROCESSORS: list[structlog.types.Processor] = []
"""The same list for the whole process: loggers keep it, and Django may be set up a second time."""


def configure(options: dict[str, Any]) -> None:
    """Send every record, Django's and the libraries' too, through one structlog formatter to standard error."""
    is_json = options["format"] == "json"
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        with_request,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        without_messages if is_json else structlog.processors.format_exc_info,
    ]
    renderer: structlog.types.Processor = (
        structlog.processors.JSONRenderer() if is_json else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
    )
    handler = logging.StreamHandler(PatientStream.of(sys.stderr))
    handler.setFormatter(formatter)
    handler.addFilter(tidied)
    for name in ADDRESSES_LOGGED_BY:  # which have their own handlers
        logging.getLogger(name).addFilter(tidied)
    tidy_daphne(sys.modules)
    logging.captureWarnings(is_json)  # Python's own would be lines of another form.
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(options["level"])
    for name, level in QUIET.items():
        logging.getLogger(name).setLevel(max(level, root.level))
    PROCESSORS[:] = [structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter]
    structlog.configure(
        processors=PROCESSORS,
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


class PatientStream:
    """Writes to a pipe or terminal, but waits only :data:`READER_SECONDS` for its reader, and then drops lines.

    An event loop that logs would otherwise stop with a terminal that has stopped. ``descriptor`` does not block.
    """

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self.is_read = True
        self._begun = b""
        self._poll = select.poll()
        self._poll.register(descriptor, select.POLLOUT)

    @classmethod
    def of(cls, stream: TextIO) -> "TextIO | PatientStream":
        """A stream to the process's standard error, if that may make its writer wait; any other stream stays.

        The file is opened again: other programs that write to it may need that it blocks. What can't be opened again,
        such as a socket, stays too.
        """
        if stream is not sys.__stderr__:
            return stream
        try:
            descriptor = stream.fileno()
            if not stat.S_ISFIFO(os.fstat(descriptor).st_mode) and not os.isatty(descriptor):
                return stream
            return cls(os.open(f"/proc/self/fd/{descriptor}", os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY))
        except (OSError, ValueError):
            return stream

    def write(self, text: str) -> None:
        """Write a line, or drop it. The rest of a line that was begun comes first, so that no line is cut."""
        line = text.encode(errors="backslashreplace")
        self._begun = self._unwritten(self._begun)
        rest = line if self._begun else self._unwritten(line)
        if rest == line:
            LINES_DROPPED.inc()
        else:
            self._begun = rest

    def _unwritten(self, rest: bytes) -> bytes:
        """Write this; return what its reader has left."""
        while rest:
            try:
                rest = rest[os.write(self.descriptor, rest) :]
                self.is_read = True
            except BlockingIOError:
                self.is_read = self.is_read and bool(self._poll.poll(1000 * READER_SECONDS))
                if not self.is_read:
                    break
        return rest

    def flush(self) -> None:
        """Do nothing: all is written."""


def with_request(_: object, __: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
    """Add the id of the request whose work this is, and its trace, unless the line has them already."""
    request_id = current_caller().request_id
    if request_id:
        event.setdefault("request_id", request_id)
    if spans.tracing is not None and (trace_id := spans.tracing.trace_id()):
        event.setdefault("trace_id", trace_id)
    return event


def without_messages(_: object, __: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
    """Show an exception by its type and place, and those that caused it: a message may quote a person's data.

    Messages of servers that can't be reached are shown: they name hosts.
    """
    given = event.pop("exc_info", None)
    error = given[1] if isinstance(given, tuple) else given if isinstance(given, BaseException) else sys.exception()
    chain: list[str] = []
    while given and error is not None:
        said = f": {error}" if isinstance(error, UNREACHABLE) else ""
        places = [f"{place.filename}:{place.lineno} {place.name}" for place in extract_tb(error.__traceback__)]
        chain.append("\n  ".join([f"{type(error).__qualname__}{said}", *places[-MOST_PLACES:]]))
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if chain:
        event["exception"] = "\n".join(chain)
    return event


def tidied(record: logging.LogRecord) -> bool:
    """Remove from a record what does not belong into logs, and keep the record.

    The query string of a URL may contain a user's search text, which Django's records have in their request. What
    Django calls suspicious, such as a Host that we don't serve, is a client's error: one line, without our stack. Of a
    request, its id stays.
    """
    request = vars(record).pop("request", None)
    vars(record).pop("color_message", None)  # uvicorn's, for a terminal
    if isinstance(record.args, tuple):
        record.args = tuple(without_query(one) for one in record.args)
    if isinstance(request, HttpRequest):
        with_id_and_place(record, request)
    if record.name.startswith("django.security."):
        record.msg, record.args = MAIL_ADDRESS.sub(LEFT_OUT, record.getMessage()[:MOST_OF_A_CLIENTS_TEXT]), ()
        record.exc_info = record.exc_text = None
        record.levelno, record.levelname = logging.WARNING, "WARNING"
    return True


def with_id_and_place(record: logging.LogRecord, request: HttpRequest) -> None:
    """Give a record of Django's the id of its request, and leave texts out of its path: a link's secret, an address."""
    caller = getattr(request, "caller", None)
    if request_id := caller.request_id if caller else getattr(request, "request_id", ""):
        vars(record)["request_id"] = request_id
    given = request.resolver_match.kwargs.values() if request.resolver_match else ()
    path = request.path
    for text in given:
        path = path.replace(f"/{text}", f"/{LEFT_OUT}") if text and isinstance(text, str) else path
    if isinstance(record.args, tuple):
        record.args = tuple(MAIL_ADDRESS.sub(LEFT_OUT, path) if one == request.path else one for one in record.args)


def without_query(value: object) -> object:
    """The value; of an address's path and query, the path."""
    return value.partition("?")[0] if isinstance(value, str) and value.startswith("/") else value


def tidy_daphne(loaded: Mapping[str, Any]) -> None:
    """Leave the queries out of Daphne's access log, which is no logger's, if its command is among the ``loaded``
    modules."""
    generator = getattr(loaded.get("daphne.access"), "AccessLogGenerator", None)
    if generator is None or hasattr(generator.write_entry, "__wrapped__"):
        return
    write = generator.write_entry

    @wraps(write)
    def write_entry(self: Any, host: Any, date: Any, request: str, *more: Any, **named: Any) -> None:
        write(self, host, date, request.partition("?")[0], *more, **named)

    generator.write_entry = write_entry
