"""The garbage collector of servers."""

import gc
from collections.abc import Iterator

import pytest
from django.conf import LazySettings

from events.garbage_collector import set_for_a_server


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """Python's own settings, afterwards."""
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


def test_what_there_is_is_frozen_and_new_objects_are_looked_at_rarely(settings: LazySettings) -> None:
    settings.GC_THRESHOLD = [200_000, 20, 20]

    set_for_a_server()

    assert gc.get_threshold() == (200_000, 20, 20)
    assert gc.get_freeze_count() > 10_000


def test_an_empty_setting_leaves_all_as_python_has_it(settings: LazySettings) -> None:
    settings.GC_THRESHOLD = []
    before = gc.get_threshold(), gc.get_freeze_count()

    set_for_a_server()

    assert (gc.get_threshold(), gc.get_freeze_count()) == before
