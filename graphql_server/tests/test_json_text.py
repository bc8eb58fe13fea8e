"""JSON from clients."""

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphql_server import json_text
from tests.form import examples

NUMBERS = st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@settings(max_examples=examples(100), deadline=None)
@given(VALUES)
def test_both_readers_agree(value: object) -> None:
    text = json.dumps(value, ensure_ascii=False)

    assert json_text.loads(text) == value
    assert json_text.loads_with_infinities(text) == value


@pytest.mark.parametrize("number", [-(2**63) - 1, -(2**63), -(10**18) - 1, 2**63, 2**64 - 1, 2**64, 10**30])
def test_both_readers_agree_on_whole_numbers_at_the_limits(number: int) -> None:
    both = [read(str(number)) for read in (json_text.loads, json_text.loads_with_infinities)]

    assert both[0] == both[1]
    assert type(both[0]) is type(both[1])


@pytest.mark.parametrize("number", ["1e400", "-1E+999999999", "9" * 400, "9" * 8_000])
def test_a_number_beyond_a_double_is_infinite(number: str) -> None:
    assert math.isinf(json_text.loads(f'{{"a": [{number}, "b"]}}')["a"][0])


@pytest.mark.parametrize(
    "text", ["", "{", "NaN", "[1e400, NaN]", "[1e400", r'[1e400, "\ud800"]', "[1e400," + "[" * 100_000, "[" * 100_000]
)
def test_text_that_is_not_json_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        json_text.loads(text)
    with pytest.raises(ValueError, match=r"."):
        json_text.loads(text.encode())


@pytest.mark.parametrize(
    "rest", ["1," * 500_000, '"\\ud800",' * 50_000, "9" * 100_000 + ","], ids=["ints", "text", "long"]
)
def test_a_number_that_is_too_large_is_refused_before_the_rest_is_read(
    monkeypatch: pytest.MonkeyPatch, rest: str
) -> None:
    monkeypatch.setattr(json, "loads", None)  # The standard library takes half a second for a megabyte.

    with pytest.raises(ValueError, match=r"^the number at character 2 is beyond a double's range$"):
        json_text.loads(f"[1e999,{rest}1]".encode())


def test_only_the_members_at_the_start_of_a_long_object_are_returned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json, "loads", None)
    values = "1," * 500_000

    begins = json_text.object_in('{"type": "subscribe", "id":"a-1", "payload": {"variables": {"a": [' + values)
    ends = json_text.object_in('{"payload": {"variables": {"a": [' + values + '1]}}, "type": "subscribe", "id": "a-1"}')

    assert (begins, ends) == ({"type": "subscribe", "id": "a-1"}, {})


def test_an_object_may_hold_a_number_of_any_length() -> None:
    assert json_text.object_in('{"id": "1", "variables": {"a": ' + "9" * 8_000 + "}}")["id"] == "1"
