"""Accepted metadata is read back equal, from both databases and every encoder; other values are refused."""

import json
from decimal import Decimal
from typing import Any

import msgpack  # type: ignore[import-untyped]  # it ships no types
import orjson
import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events.models import Event
from orders.errors import InvalidOrder
from orders.models import Order
from orders.values.json_rules import LARGEST_NUMBER, MAX_VALUES, InvalidJson, check_object
from tests.factories import place_order
from tests.form import examples

NUMBERS = (
    st.integers(-LARGEST_NUMBER, LARGEST_NUMBER)
    | st.floats(-LARGEST_NUMBER, LARGEST_NUMBER)
    | st.sampled_from([2.0**53 - 1, 1e15, 1e-300, 5e-324, -0.0, 0.1, 1.0, 1e-7])
)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=10), inner, max_size=5),
    max_leaves=20,
)
OBJECTS = st.dictionaries(st.text(max_size=10), VALUES, max_size=5)


def refusal(value: object) -> tuple[tuple[str, ...], str]:
    """The path and code of the refusal."""
    with pytest.raises(InvalidJson) as refused:
        check_object(value, ("metadata",))
    return refused.value.path, refused.value.code


def as_a_browser_reads(text: str) -> Any:
    """Read numbers as ``JSON.parse`` does: every number is a double."""
    return json.loads(text, parse_int=float)


@pytest.mark.django_db
@settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(OBJECTS)
def test_accepted_metadata_reads_back_equal_everywhere(tenant: Any, value: dict[str, Any]) -> None:
    try:
        order = place_order(metadata=value)
    except InvalidOrder:
        return

    kept = Order.objects.get(pk=order.pk).metadata
    event = Event.objects.get(order_id=order.pk, type="order.created")
    in_event = event.payload["order"]["metadata"]

    assert kept == in_event == value
    assert orjson.loads(orjson.dumps(kept)) == value
    assert msgpack.unpackb(msgpack.packb(event.to_wire()))["payload"]["order"]["metadata"] == value
    assert as_a_browser_reads(orjson.dumps(kept).decode()) == value


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"": ""},
        {"a": [1, 1.5, None, True, "ü🍵", {"b": {}}]},
        {"least": -(2**53) + 1, "largest": 2**53 - 1, "float": 2.0**53 - 1},
        {"note": "two\r\nlines\tand a tab"},
        {"name": "דנה (A1)\u200e", "joined": "می\u200cخواهم"},
        {"tiny": 5e-324},
        {"values": [0] * (MAX_VALUES - 2)},
        {"x" * 100: 1},
    ],
)
def test_metadata_is_kept(value: dict[str, Any]) -> None:
    assert check_object(value, ()) == value


@pytest.mark.parametrize("number", [2**53, -(2**53), 2**63, 2**64, 10**400, 2.0**53, 1e22, -1e300])
def test_a_number_beyond_a_browsers_precision_is_refused_at_its_path(number: float) -> None:
    assert refusal({"a": [1, {"b": number}]}) == (("metadata", "a", "1", "b"), "INVALID")


@pytest.mark.parametrize("value", [float("inf"), float("nan"), Decimal("0.1"), object(), (1,), b"x", {1}])
def test_a_value_that_json_lacks_is_refused_at_its_path(value: object) -> None:
    assert refusal({"a": value}) == (("metadata", "a"), "INVALID")


@pytest.mark.parametrize("character", ["\x00", "\x1b", "\x85", "\u2028", "\u2029", "\u202e", "\u2067", "\ud800"])
def test_an_unsafe_character_is_refused_in_values_and_in_names(character: str) -> None:
    assert refusal({"a": [f"x{character}"]}) == (("metadata", "a", "0"), "INVALID")
    assert refusal({"a": {f"x{character}": 1}}) == (("metadata", "a"), "INVALID")


@pytest.mark.parametrize(
    ("value", "path", "code"),
    [
        ([], (), "INVALID"),
        ("x", (), "INVALID"),
        (None, (), "INVALID"),
        ({1: 1}, (), "INVALID"),
        ({"two\nlines": 1}, (), "INVALID"),
        ({"x" * 101: 1}, (), "LIMIT_EXCEEDED"),
        ({"a": "x" * 20_000}, (), "LIMIT_EXCEEDED"),
        ({"a": [5e-324] * 100}, (), "LIMIT_EXCEEDED"),  # 800 characters here, 33 kB in PostgreSQL
        ({"a": [0] * MAX_VALUES}, ("a", str(MAX_VALUES - 2)), "LIMIT_EXCEEDED"),
    ],
)
def test_metadata_beyond_its_limits_is_refused(value: object, path: tuple[str, ...], code: str) -> None:
    assert refusal(value) == (("metadata", *path), code)


def test_metadata_nested_too_deep_is_refused_at_the_first_level_too_deep() -> None:
    value: dict[str, object] = {}
    for _ in range(10_000):
        value = {"a": value}

    assert refusal(value) == (("metadata", *("a",) * 10), "INVALID")


@pytest.mark.django_db
def test_an_older_row_with_a_number_beyond_64_bits_is_read_so_that_it_can_be_shown(tenant: Any) -> None:
    order = place_order(metadata={"a": 1})
    with connection.cursor() as cursor:
        cursor.execute("UPDATE orders_order SET metadata = %s WHERE number = %s", [OLDER, order.number])

    shown = Order.objects.get(pk=order.pk).metadata

    assert shown == {"a": 1e22, "b": [2**64 - 1, -1e30], "c": 1.5, "d": None, "e": 7}
    assert orjson.loads(orjson.dumps(shown)) == shown


OLDER = f'{{"a": 1e22, "b": [{2**64 - 1}, -1{"0" * 30}], "c": 1.5, "d": 1e400, "e": 7}}'
