"""The Celery app's connections."""

import pytest
from django.conf import settings

from config.celery import app


def test_every_sending_connection_is_bounded_also_celerys_own() -> None:
    for connection in (app.connection_for_write(), app.connection(), app.connection(transport_options={"a": 1})):
        assert settings.BROKER_SEND_OPTIONS.items() <= (connection.transport_options or {}).items()


def test_option_that_is_given_wins_over_the_bound() -> None:
    options = app.connection_for_write(transport_options={"max_retries": 7}).transport_options or {}
    assert options["max_retries"] == 7


def test_worker_that_waits_for_its_broker_asks_every_two_seconds_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    connection = app.connection_for_read("redis://127.0.0.1:1/0")
    pauses: list[float] = []

    def note(_: Exception, pause: float) -> None:
        pauses.append(pause)
        assert len(pauses) < 200, "enough"

    monkeypatch.setattr("kombu.utils.functional.sleep", lambda seconds: None)
    with pytest.raises(AssertionError, match="enough"):
        connection.ensure_connection(note, app.conf.broker_connection_max_retries)
    assert set(pauses) == {2}
