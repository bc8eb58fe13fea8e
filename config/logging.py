"""Structured logs: a constant event name with fields; JSON for machines, colours for a terminal."""

import logging
import sys
from typing import Any

import structlog

# The libraries' everyday news, which the ledger and the log of requests have too; the level is the least that is shown.
QUIET = {
    "celery": logging.WARNING,
    "celery.worker.control": logging.ERROR,
    "daphne": logging.WARNING,
    "fontTools": logging.WARNING,
    "kombu": logging.ERROR,
}

PROCESSORS: list[structlog.types.Processor] = []
"""One list for ever: loggers keep it, and Django may be set up a second time."""


def configure(options: dict[str, Any]) -> None:
    """Send every record, Django's and the libraries' too, through one structlog formatter to standard error."""
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    renderer: structlog.types.Processor = (
        structlog.processors.JSONRenderer()
        if options["format"] == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
    )
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
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
