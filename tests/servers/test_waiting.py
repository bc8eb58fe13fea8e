"""A test that waits asks less and less often: what it asks has enough to do."""

from types import SimpleNamespace

import pytest

from tests.servers import processes
from tests.servers.processes import LONGEST_PAUSE_SECONDS, POLL_SECONDS, TookTooLong, wait_until


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses, on a clock that goes on by them alone."""
    made: list[float] = []
    monkeypatch.setattr(processes, "time", SimpleNamespace(monotonic=lambda: sum(made), sleep=made.append))
    return made


def test_pauses_grow_to_a_tenth_of_a_second(pauses: list[float]) -> None:
    wait_until(lambda: sum(pauses) >= 10, timeout_seconds=60, what="ten seconds")

    assert (pauses[0], pauses[-1]) == (POLL_SECONDS, LONGEST_PAUSE_SECONDS)
    assert pauses == sorted(pauses)
    assert len(pauses) < 130


def test_a_wait_in_vain_names_what_did_not_come(pauses: list[float]) -> None:
    with pytest.raises(TookTooLong, match="waited 3 s for: an order"):
        wait_until(lambda: False, timeout_seconds=3, what="an order")

    assert 3 < sum(pauses) < 3.2
