"""Logs can be caught by a test, whatever was set up before it."""

import structlog
from django.conf import settings
from structlog.testing import capture_logs

from config.logging import configure

log = structlog.get_logger(__name__)


def test_a_logger_that_was_used_before_logging_was_set_up_again_is_heard() -> None:
    log.info("before")
    configure(settings.LOGGING)
    with capture_logs() as logs:
        log.info("after")
    assert [entry["event"] for entry in logs] == ["after"]
