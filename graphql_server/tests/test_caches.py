"""Cached data is bounded in bytes, and measured."""

import gc
from weakref import ref

import pytest
from prometheus_client import REGISTRY

from graphql_server.caches import ENTRY_BYTES, BoundedCache, Budget, freed_bytes


def shown(what: str) -> float | None:
    """The metric's value."""
    return REGISTRY.get_sample_value("graphql_kept_bytes", {"what": what})


def kept_of(most_entries: int, *, what: str = "test") -> BoundedCache[str, str]:
    """A cache with room for so many entries of 100 bytes."""
    return BoundedCache(what, most_entries * (100 + ENTRY_BYTES))


def test_least_recently_used_values_are_dropped_first() -> None:
    kept = kept_of(3)
    for key in "abc":
        kept.put(key, key.upper(), 100)
    assert kept.get("a") == "A"
    kept.put("d", "D", 100)
    assert [kept.get(key) for key in "abcd"] == ["A", None, "C", "D"]
    assert (len(kept), kept.budget.used_bytes) == (3, 3 * (100 + ENTRY_BYTES))


def test_value_that_is_put_again_counts_once() -> None:
    kept = kept_of(3)
    kept.put("a", "1", 100)
    kept.put("a", "2", 50)
    assert (kept.get("a"), kept.budget.used_bytes) == ("2", 50 + ENTRY_BYTES)


def test_value_larger_than_the_budget_is_not_kept_and_displaces_nothing() -> None:
    kept = kept_of(2)
    kept.put("a", "A", 100)
    kept.put("b", "B", 10_000)
    assert (kept.get("a"), kept.get("b"), len(kept)) == ("A", None, 1)


def test_metric_equals_the_kept_bytes() -> None:
    kept = kept_of(3, what="test_metric")
    kept.put("a", "A", 100)
    kept.put("b", "B", 100)
    assert shown("test_metric") == 2 * (100 + ENTRY_BYTES)
    assert (kept.pop("a"), kept.pop("a")) == ("A", None)
    assert shown("test_metric") == 100 + ENTRY_BYTES
    kept.clear()
    assert shown("test_metric") == 0


def test_budget_knows_what_fits() -> None:
    budget = Budget("test_budget", 100)
    budget.add(60)
    assert (budget.fits(40), budget.fits(41)) == (True, False)
    budget.add(60)
    assert not budget.fits(0)
    budget.add(-120)
    assert (budget.used_bytes, shown("test_budget")) == (0, 0)


def test_freed_bytes_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    monkeypatch.setattr(freed_bytes, "listener", sizes.append)
    kept = kept_of(2, what="test_let_go")
    for key in "abc":
        kept.put(key, key, 100)
    kept.pop("b")
    assert sizes == [100 + ENTRY_BYTES]
    kept.put("d", "d", 20)
    kept.put("d", "d", 10)
    assert sizes == [100 + ENTRY_BYTES, 10]


def test_callback_gets_the_keys_dropped_for_lack_of_room() -> None:
    gone: list[str] = []
    kept: BoundedCache[str, str] = BoundedCache("test_gone", 2 * (100 + ENTRY_BYTES), gone.append)
    for key in "abc":
        kept.put(key, key, 100)
    kept.pop("b")
    assert (gone, "a" in kept, "c" in kept) == (["a"], False, True)


def test_dropped_values_are_freed() -> None:
    class Value:
        """A value for weak references."""

    kept: BoundedCache[str, Value] = BoundedCache("test_freed", 2 * (100 + ENTRY_BYTES))
    value = Value()
    watched = ref(value)
    kept.put("a", value, 100)
    del value
    for key in "bc":
        kept.put(key, Value(), 100)
    gc.collect()
    assert watched() is None
