"""Progress is a bar on a terminal, and lines elsewhere: a log or another program."""

import io

import pytest
from rich.console import Console

from tenants.management import progress_bar
from tenants.management.progress_bar import bar


def test_lines_come_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.StringIO()
    with bar(Console(file=written), "Orders") as progress:
        progress(1_000, 9_000)
        monkeypatch.setattr(progress_bar, "LINE_SECONDS", 0)
        progress(2_000, 9_000)
    assert written.getvalue() == "Orders: 2,000 of 9,000\n"


def test_a_terminal_shows_a_bar() -> None:
    written = io.StringIO()
    with bar(Console(file=written, force_terminal=True, width=80), "Orders") as progress:
        progress(2_000, 9_000)
    assert "2000/9000" in written.getvalue()
