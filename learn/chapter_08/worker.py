"""A Celery application with its broker in memory, and a worker that works when the harness says so."""

from celery import Celery
from kombu.simple import SimpleQueue

from learn.world import note

app = Celery("learn", broker="memory://", set_as_current=True)


def work(times=1):
    """Run the task of each message; ``times`` as a broker does that delivers a message again."""
    with app.connection_for_read() as connection:
        queue = SimpleQueue(connection, "celery")
        while True:
            try:
                message = queue.get(block=False)
            except queue.Empty:
                break
            message.ack()
            for _ in range(times):
                run(message.headers["task"], message.payload[0])
        queue.close()


def run(name, arguments):
    """Run one task, as a worker does: an error ends the task and not the worker."""
    try:
        app.tasks[name](*arguments)
    except Exception as error:
        note(f"the task fails: {type(error).__name__}")


def lose_messages():
    """The broker restarts. Its queue was in its memory."""
    with app.connection_for_write() as connection:
        connection.default_channel.queue_purge("celery")
    note("the broker restarts: its messages are lost")
