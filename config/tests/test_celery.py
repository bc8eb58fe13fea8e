"""The Celery app's connections."""

from types import SimpleNamespace
from typing import Any

import pytest
import redis
from django.conf import settings
from kombu.transport import redis as redis_transport

from config.celery import LostChannel, OneClient, SenderTransport, WorkerTransport, app


def test_every_sending_connection_is_bounded_also_celerys_own() -> None:
    for connection in (app.connection_for_write(), app.connection(), app.connection(transport_options={"a": 1})):
        assert settings.BROKER_SEND_OPTIONS.items() <= (connection.transport_options or {}).items()


def test_option_that_is_given_wins_over_the_bound() -> None:
    options = app.connection_for_write(transport_options={"max_retries": 7}).transport_options or {}
    assert options["max_retries"] == 7


def test_worker_retries_an_unreachable_broker_every_two_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    connection = app.connection_for_read("redis://127.0.0.1:1/0")
    pauses: list[float] = []

    def note(_: Exception, pause: float) -> None:
        pauses.append(pause)
        assert len(pauses) < 200, "enough"

    monkeypatch.setattr("kombu.utils.functional.sleep", lambda seconds: None)
    with pytest.raises(AssertionError, match="enough"):
        connection.ensure_connection(note, app.conf.broker_connection_max_retries)
    assert set(pauses) == {2}


def test_message_shows_its_arguments_without_celerys_safe_form(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> str:
        raise AssertionError("not needed")

    monkeypatch.setattr("celery.app.amqp.saferepr", refuse)
    monkeypatch.setitem(app.conf, "task_always_eager", False)
    with app.connection_for_write("memory://") as connection:
        producer = app.amqp.Producer(connection)
        app.send_task("orders.tasks.none", (1,), {"deliveries": ["a" * 2000]}, producer=producer, queue="shown")
        message = connection.SimpleQueue("shown").get_nowait()

    assert message.headers["argsrepr"] == "(1,)"
    assert message.headers["kwargsrepr"] == "{'deliveries': ['" + "a" * 1007


def test_channel_to_redis_keeps_its_client_until_its_pool_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "__init__": lambda channel: None,
        "__del__": lambda channel: None,
        "Client": redis.Redis,
    }.items():
        monkeypatch.setattr(OneClient, name, value, raising=False)
    monkeypatch.setattr(OneClient, "pool", redis.ConnectionPool())
    channel: Any = OneClient()
    first = channel._create_client()
    assert channel._create_client() is first
    monkeypatch.setattr(OneClient, "pool", redis.ConnectionPool())
    assert channel._create_client() is not first


def test_channel_of_a_lost_connection_gives_no_task_back(monkeypatch: pytest.MonkeyPatch) -> None:
    gives_back = []
    monkeypatch.setattr(redis_transport.Channel, "__init__", lambda channel: None)
    monkeypatch.setattr(redis_transport.Channel, "close", lambda channel: gives_back.append(channel.do_restore))
    transport = SimpleNamespace(client=app.connection_for_read("redis://x:1/0"))
    for connection in (transport, SimpleNamespace(client=None), None):
        channel: Any = LostChannel()
        channel.connection = connection
        channel.close()
    assert gives_back == [True, False, False]


def test_only_connections_to_redis_have_such_channels() -> None:
    for connect, ours in ((app.connection_for_write, SenderTransport), (app.connection_for_read, WorkerTransport)):
        kinds: list[Any] = [connect(url).transport_cls for url in ("redis://x:1/0", "amqp://x:1//")]
        assert kinds == [ours, "amqp"]
