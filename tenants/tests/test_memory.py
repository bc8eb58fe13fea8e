"""Servers collect garbage rarely, and return memory to the system after much was freed."""

import gc
from collections.abc import Iterator
from threading import Event
from unittest.mock import Mock

import pytest
from django.conf import LazySettings

from tenants import memory
from tenants.memory import FreedMemory, freed_memory, set_for_a_server


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """Restore Python's own settings after the test."""
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)
    freed_memory.is_on = False


def test_existing_objects_are_frozen_and_new_objects_are_collected_rarely(settings: LazySettings) -> None:
    settings.GC_THRESHOLD = [50_000, 10, 20]

    set_for_a_server()

    assert gc.get_threshold() == (50_000, 10, 20)
    assert gc.get_freeze_count() > 10_000
    assert freed_memory.is_on


def test_an_empty_setting_keeps_pythons_defaults(settings: LazySettings) -> None:
    settings.GC_THRESHOLD = []
    before = gc.get_threshold(), gc.get_freeze_count()

    set_for_a_server()

    assert (gc.get_threshold(), gc.get_freeze_count()) == before
    assert not freed_memory.is_on


def test_after_much_was_freed_memory_is_returned_once_on_another_thread() -> None:
    calls, cleared = [], Event()

    def clear() -> None:
        calls.append(1)
        cleared.set()

    counted = FreedMemory(100, 0.01, clear)
    counted.note(1_000)
    assert counted._bytes == 0  # The feature is off.
    counted.is_on = True
    for size in (60, 39):
        counted.note(size)
    assert counted._bytes == 99
    for size in (1, 500):
        counted.note(size)
    assert cleared.wait(20)
    assert (calls, counted._bytes) == ([1], 0)

    cleared.clear()
    counted.note(100)
    assert cleared.wait(20)
    assert len(calls) == 2


def test_a_slow_return_of_memory_is_not_repeated_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []

    def timer(seconds: float, _: object) -> Mock:
        waits.append(seconds)
        return Mock()

    monkeypatch.setattr(memory, "Timer", timer)
    counted = FreedMemory(100, 1.0, Mock())
    counted.is_on = True
    for took in (0.0, 0.2):
        counted._took = took
        counted._bytes = 0
        counted.note(100)
    assert waits == [1.0, 4.0]
