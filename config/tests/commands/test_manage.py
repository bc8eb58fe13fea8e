"""Each command, Django's or one of our programs, ends without a trace when it is interrupted or its reader is gone."""

import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from tests.environment import ROOT, fresh_environment

READER_GONE = 141
"""As a shell says that a program ended by SIGPIPE."""


def test_ctrl_c_ends_a_command_in_one_line(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    def interrupted(_: list[str]) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("django.core.management.execute_from_command_line", interrupted)
    monkeypatch.setattr(sys, "argv", ["manage.py", "demo_data"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(ROOT / "manage.py"), run_name="__main__")

    assert (ended.value.code, capfd.readouterr().err) == (130, "\nInterrupted.\n")


@pytest.mark.parametrize(
    "command",
    [
        pytest.param("-m learn", id="our program"),
        pytest.param("help", id="Django's help"),
        pytest.param("export_schema graphql_api.schema:schema", id="more than a pipe holds"),
    ],
)
@pytest.mark.parametrize("unbuffered", ["", "1"], ids=["at the end", "at once"])
def test_output_that_is_read_no_more_ends_a_command_in_silence(command: str, unbuffered: str, tmp_path: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    ran = subprocess.run(
        [sys.executable, "manage.py", *command.split()],
        cwd=ROOT,
        env=fresh_environment(ORDERS_DATA_DIR=str(tmp_path), PYTHONUNBUFFERED=unbuffered),
        stdout=write,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(write)

    assert ran.stderr == ""
    assert ran.returncode in {0, READER_GONE}  # 0 if it exits by itself with its output unwritten


def test_a_pipe_that_breaks_elsewhere_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: list[str]) -> None:
        raise BrokenPipeError("of a socket")

    monkeypatch.setattr("django.core.management.execute_from_command_line", broken)
    monkeypatch.setattr(sys, "argv", ["manage.py", "traffic"])

    with pytest.raises(BrokenPipeError, match="of a socket"):
        runpy.run_path(str(ROOT / "manage.py"), run_name="__main__")


def test_all_programs_of_dev_are_run_this_way() -> None:
    lines = (ROOT / "dev").read_text().partition("verb=${1-help}")[2].splitlines()

    assert [line.strip() for line in lines if "bin/python" in line] == [
        '"$venv/bin/python" manage.py event_contracts',
    ]
