"""Fixtures for all tests of orders."""

from pathlib import Path
from typing import Any

import pytest

from events.dispatch import ledger


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> Path:
    """Give each test its own folder for stored files."""
    folder = tmp_path / "media"
    settings.MEDIA_ROOT = folder
    return folder


@pytest.fixture(autouse=True)
def no_retry_during_the_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """A failed delivery is not due again before the test ends, however slow the machine."""
    monkeypatch.setattr(ledger, "BACKOFF_SECONDS", ledger.BACKOFF_LIMIT_SECONDS)
