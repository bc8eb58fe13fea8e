"""``manage.py relay`` ends when it is asked to, also while a turn hangs, and only then."""

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
    from events.dispatch import relay
    relay.Relay.round = lambda self: [print("It hangs.", flush=True), threading.Event().wait()]
    execute_from_command_line(["manage.py", "relay"])
"""


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize(
    ("command", "said"),
    [([str(ROOT / "manage.py"), "relay"], "The relay runs."), (["-c", textwrap.dedent(HANGING)], "It hangs.")],
)
def test_a_relay_ends_when_asked(command: list[str], said: str, signum: int, tmp_path: Path) -> None:
    env = fresh_environment(
        ORDERS_DATA_DIR=str(tmp_path), DJANGO_SETTINGS_MODULE="config.settings", PYTHONPATH=str(ROOT)
    )
    process = Process("relay", [sys.executable, *command], directory=tmp_path, env=env)
    process.start()
    try:
        wait_until(lambda: said in process.log.read_text(), timeout_seconds=60, what=said)
        assert process.stop(signum, timeout_seconds=15) == 0
    finally:
        process.kill()
    assert "The relay has stopped.\n" in process.log.read_text()


COUNTING = """
    from django.core.management import execute_from_command_line
    import django
    django.setup()
    from events.dispatch import relay
    relay.Relay.round = lambda self: print("A round.", flush=True) or 0
    execute_from_command_line(["manage.py", "relay"])
"""
FROZEN_SECONDS = 1.5


def test_a_relay_that_was_frozen_goes_on(tmp_path: Path) -> None:
    env = fresh_environment(
        ORDERS_DATA_DIR=str(tmp_path), DJANGO_SETTINGS_MODULE="config.settings", PYTHONPATH=str(ROOT)
    )
    process = Process("relay", [sys.executable, "-c", textwrap.dedent(COUNTING)], directory=tmp_path, env=env)

    def rounds() -> int:
        return process.log.read_text().count("A round.")

    process.start()
    try:
        wait_until(rounds, timeout_seconds=60, what="a round")
        process.freeze()
        time.sleep(FROZEN_SECONDS)
        before = rounds()
        process.thaw()
        wait_until(lambda: rounds() > before + 3, timeout_seconds=30, what="more rounds")
        assert process.stop() == 0
    finally:
        process.kill()
