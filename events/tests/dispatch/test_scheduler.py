"""A dispatcher's periodic work: when it is due, whatever the result of the last run."""

import threading

import pytest

from events.dispatch.dispatcher import Dispatcher
from events.dispatch.periodic import scheduler
from events.dispatch.periodic.scheduler import Scheduler, every


@pytest.fixture
def done(monkeypatch):
    """Only these jobs are registered; returns the list of what was done."""
    monkeypatch.setattr(scheduler, "JOBS", {})
    done = []
    every(60, name="minutely")(lambda: done.append("minutely"))
    every(1, name="failing")(lambda: [done.append("failing"), 1 / 0])
    every(5, name="often")(lambda: done.append("often"))
    return done


@pytest.mark.django_db
def test_each_job_runs_at_the_start_and_when_it_is_due(done, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(scheduler.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(scheduler.connection, "close", lambda: None)
    one = Scheduler()
    for passed, expected in [
        (0, ["minutely", "failing", "often"]),
        (0.5, []),
        (0.5, ["failing"]),
        (4, ["failing", "often"]),
        (55, ["minutely", "failing", "often"]),
    ]:
        now[0] += passed
        done.clear()
        one.run_due()
        assert done == expected


def test_a_job_that_hangs_stops_neither_the_others_nor_the_dispatcher(done, monkeypatch, settings):
    settings.EVENTS_DISPATCH = "dispatcher"
    monkeypatch.setattr(scheduler.connection, "close", lambda: None)
    hangs, often, go_on = threading.Event(), threading.Event(), threading.Event()
    scheduler.JOBS.clear()
    every(0, name="hanging")(lambda: [hangs.set(), go_on.wait(30)])
    every(0, name="often")(often.set)
    one = Scheduler()
    try:
        for _ in range(3):
            one.run_due()
            assert hangs.wait(20)
            assert often.wait(20)
            one.threads["often"].join(20)
            often.clear()
        assert one.threads["hanging"].is_alive()
    finally:
        go_on.set()
        one.threads["hanging"].join(20)


@pytest.mark.django_db
def test_a_dispatcher_does_its_jobs(done, monkeypatch):
    monkeypatch.setattr(scheduler.connection, "close", lambda: None)
    Dispatcher().turn()
    assert done == ["minutely", "failing", "often"]
