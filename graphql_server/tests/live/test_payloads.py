"""Kept payloads belong to a key, and go with the last that has it."""

from graphql_server.live.payloads import Cache


def test_equal_keys_are_one_until_the_last_is_released() -> None:
    cache = Cache(1_000_000)
    first, equal, other = cache.hold(("a", 1)), cache.hold(("a", 1)), cache.hold(("a", 2))

    assert first is equal
    assert first is not other
    assert (first.holders, other.holders) == (2, 1)
    cache.release(("a", 1))
    assert cache.hold(("a", 1)) is first
    for _ in range(2):
        cache.release(("a", 1))
    assert cache.hold(("a", 1)).id not in (first.id, other.id)
