"""Fixtures for tests of pages."""

import pytest


@pytest.fixture
def nothing_is_processed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the audit receiver runs, so that no background work adds events."""
    monkeypatch.setattr("events.dispatch.broker_outage.broker.is_away", lambda: True)
