"""``manage.py dispatcher`` ends when it is stopped, also while a turn hangs, and only then."""

import signal
import sys
import textwrap
import time
from pathlib import Path

import pytest

from tests.environment import ROOT, fresh_environment
from tests.servers.processes import Process, wait_until

pytestmark = pytest.mark.e2e
HANGING = """
    import threading
    from django.core.management import execute_from_command_line
    import django
    django.setup()
    from events.dispatch import dispatcher
    from events.management.commands import dispatcher as command
    command.END_SECONDS = 0.5
    dispatcher.Dispatcher.turn = lambda self: [print("It hangs.", flush=True), threading.Event().wait()]
    execute_from_command_line(["manage.py", "dispatcher"])
"""


COMMAND, FORMER_NAME = ([str(ROOT / "manage.py"), name] for name in ("dispatcher", "relay"))
RUNS = "The dispatcher runs."
HANGS = (["-c", textwrap.dedent(HANGING)], "It hangs.")


@pytest.mark.parametrize(
    ("command", "said", "signum"),
    [
        (COMMAND, RUNS, signal.SIGINT),
        (*HANGS, signal.SIGTERM),
        pytest.param(COMMAND, RUNS, signal.SIGTERM, marks=pytest.mark.long),
        pytest.param(FORMER_NAME, RUNS, signal.SIGTERM, marks=pytest.mark.long),
        pytest.param(*HANGS, signal.SIGINT, marks=pytest.mark.long),
    ],
)
def test_a_dispatcher_ends_when_asked(command: list[str], said: str, signum: int, tmp_path: Path) -> None:
    env = fresh_environment(
        ORDERS_DATA_DIR=str(tmp_path), DJANGO_SETTINGS_MODULE="config.settings", PYTHONPATH=str(ROOT)
    )
    process = Process("dispatcher", [sys.executable, *command], directory=tmp_path, env=env)
    process.start()
    try:
        wait_until(lambda: said in process.log.read_text(), timeout_seconds=60, what=said)
        assert process.stop(signum, timeout_seconds=15) == 0
    finally:
        process.kill()
    assert "The dispatcher has stopped.\n" in process.log.read_text()


COUNTING = """
    from django.core.management import execute_from_command_line
    import django
    django.setup()
    from events.dispatch import dispatcher
    dispatcher.Dispatcher.poll = lambda self: print("A poll.", flush=True)
    execute_from_command_line(["manage.py", "dispatcher"])
"""
FROZEN_SECONDS = 1.5


def test_a_dispatcher_that_was_frozen_goes_on(tmp_path: Path) -> None:
    env = fresh_environment(
        ORDERS_DATA_DIR=str(tmp_path), DJANGO_SETTINGS_MODULE="config.settings", PYTHONPATH=str(ROOT)
    )
    process = Process("dispatcher", [sys.executable, "-c", textwrap.dedent(COUNTING)], directory=tmp_path, env=env)

    def polls() -> int:
        return process.log.read_text().count("A poll.")

    process.start()
    try:
        wait_until(polls, timeout_seconds=60, what="a poll")
        process.freeze()
        time.sleep(FROZEN_SECONDS)
        before = polls()
        process.thaw()
        wait_until(lambda: polls() > before + 3, timeout_seconds=30, what="more polls")
        assert process.stop() == 0
    finally:
        process.kill()
