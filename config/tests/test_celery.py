"""The Celery app's connections."""

from django.conf import settings

from config.celery import app


def test_every_sending_connection_is_bounded_also_celerys_own() -> None:
    for connection in (app.connection_for_write(), app.connection(), app.connection(transport_options={"a": 1})):
        assert settings.BROKER_SEND_OPTIONS.items() <= (connection.transport_options or {}).items()


def test_option_that_is_given_wins_over_the_bound() -> None:
    options = app.connection_for_write(transport_options={"max_retries": 7}).transport_options or {}
    assert options["max_retries"] == 7
