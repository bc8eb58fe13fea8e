"""Async with Celery."""

import threading

from django.db import connection

from learn import counting
from learn.chapter_08 import worker
from learn.faults import Fault, place_order, request, rollback
from learn.world import here

DESIGNS = ("naive", "on_commit", "safe")


def work_now():
    """The worker works, in a thread with a database connection of its own."""

    def work():
        worker.work()
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


def fast_worker(design):
    """The worker takes each message at once, even before the COMMIT."""

    def place():
        place_order(design)
        work_now()

    request(place)
    work_now()


def rolled_back(design):
    """The second of two orders is rolled back. Then the worker works."""
    rollback(design)
    work_now()


def lost_message(design):
    """The broker restarts before the worker has taken the message."""
    request(lambda: place_order(design))
    worker.lose_messages()
    work_now()


def delivered_twice(design):
    """The broker delivers the message twice, as it does when a worker was too slow, or died."""
    request(lambda: place_order(design))
    worker.work(times=2)


FAULTS = (
    Fault("fast worker", "The worker takes the message before the COMMIT.", fast_worker),
    Fault("rollback", "The second of two orders is rolled back after it was saved.", rolled_back),
    Fault("lost message", "The broker restarts before the worker has taken the message.", lost_message),
    Fault("twice", "The broker delivers the message twice.", delivered_twice),
)


def count():
    """A job for each order; tasks that failed."""
    failed = sum(step.startswith("the task fails") for step in here.read("timeline"))
    return counting.effects(["job"]) | {"failed": failed}
