"""Task queues on RabbitMQ, of the type that ``CELERY_QUEUE_TYPE`` names."""

from collections.abc import Iterator

import kombu
import pytest
from amqp.exceptions import PreconditionFailed
from celery import Celery

from config.celery import OrdersCelery
from tests.servers.products import RabbitServer


@pytest.fixture
def app(rabbit_server: RabbitServer) -> Iterator[Celery]:
    """An application whose queue is a quorum queue, with the settings of production."""
    app = OrdersCelery("quorum", set_as_current=False)
    app.config_from_object("django.conf:settings", namespace="CELERY")
    app.conf.update(
        broker_url=rabbit_server.url,
        task_always_eager=False,
        task_default_queue=rabbit_server.name,
        task_default_queue_type="quorum",
        broker_transport_options={"confirm_publish": True},
    )
    yield app
    app.close()


def test_a_quorum_queue_is_declared_and_delivers(app: Celery, rabbit_server: RabbitServer) -> None:
    app.send_task("orders.tasks.process_order_async", kwargs={"deliveries": ["1"]})

    with kombu.Connection(rabbit_server.url) as connection:
        queue = kombu.Queue(
            rabbit_server.name, queue_arguments={"x-queue-type": "quorum"}, channel=connection.channel()
        )
        message = queue.get(no_ack=True)
        assert message is not None
        assert message.headers["task"] == "orders.tasks.process_order_async"
        classic = kombu.Queue(rabbit_server.name, channel=connection.channel())
        with pytest.raises(PreconditionFailed, match="x-queue-type"):
            classic.queue_declare()
