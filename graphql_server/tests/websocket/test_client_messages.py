"""Reading messages: any input is a message of the protocol or a reason to close."""

import json
from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from graphql_server.limits import SocketLimits
from graphql_server.websocket import server_messages as frames
from graphql_server.websocket.client_messages import Complete, ConnectionInit, Ping, Pong, Subscribe, Unreadable, parse
from graphql_server.websocket.closing import CloseCode, Closing
from graphql_server.websocket.intake import Intake, size_of
from tests.form import examples

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters())
values = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=10)
types = st.sampled_from(["connection_init", "ping", "pong", "subscribe", "complete", "next"]) | values
payloads = st.fixed_dictionaries(
    {}, optional={"query": values, "variables": values, "operationName": values, "extensions": values}
)
messages = st.fixed_dictionaries({}, optional={"type": types, "id": values, "payload": payloads | values})
maps = st.dictionaries(st.text(), st.text() | st.integers(-(2**63), 2**64 - 1) | st.none() | st.booleans())


def check(text: str | None) -> None:
    """The only law of ``parse``."""
    outcome: object
    try:
        outcome = parse(text)
    except (Closing, Unreadable) as refused:
        outcome = refused
    if isinstance(outcome, Closing):
        assert outcome.code is CloseCode.BAD_REQUEST
        assert 0 < len(outcome.reason.encode()) <= 123
    elif isinstance(outcome, Unreadable):
        assert frames.error(outcome.operation_id, [{"message": str(outcome)}])
    else:
        assert isinstance(outcome, ConnectionInit | Ping | Pong | Subscribe | Complete)


@settings(max_examples=examples(100), deadline=None)
@given(st.text(st.characters()) | st.none())
@example("\ud800")
@example("\ud800" * 5_000)
@example("[" * 9_999)
def test_any_text_is_a_message_or_refused(text: str | None) -> None:
    check(text)


@settings(max_examples=examples(100), deadline=None)
@given(messages | values)
def test_any_json_is_a_message_or_refused(message: object) -> None:
    check(json.dumps(message))


@settings(max_examples=examples(100), deadline=None)
@given(
    st.text(min_size=1, max_size=256),
    st.text(),
    st.none() | maps,
    st.none() | st.text(),
    st.none() | maps,
)
def test_a_legal_subscribe_is_read_as_it_was_written(
    operation_id: str, query: str, variables: Any, name: Any, extensions: Any
) -> None:
    payload = {"query": query, "variables": variables, "operationName": name, "extensions": extensions}
    text = orjson.dumps({"type": "subscribe", "id": operation_id, "payload": payload}).decode()
    assert parse(text) == Subscribe(operation_id, query, variables, name, extensions)


@settings(max_examples=examples(100), deadline=None)
@given(st.text(min_size=1, max_size=256), maps)
def test_a_spliced_frame_is_the_message_encoded_at_once(operation_id: str, payload: dict[str, object]) -> None:
    frame = frames.messages_of(operation_id).next(orjson.dumps(payload))
    assert orjson.loads(frame) == {"id": operation_id, "type": "next", "payload": payload}


@pytest.mark.parametrize(
    ("text", "size"),
    [("a" * 100, 100), ("é" * 50, 100), ("🙂" * 25, 100)],
)
def test_a_message_is_measured_in_bytes(text: str, size: int) -> None:
    assert size_of(text) == size
    limits = SocketLimits(first_message_bytes=size)
    assert Intake(limits, 0).charge(text, 0) == size
    with pytest.raises(Closing) as too_big:
        Intake(replace(limits, first_message_bytes=size - 1), 0).charge(text, 0)
    assert (too_big.value.code, too_big.value.reason) == (
        CloseCode.MESSAGE_TOO_BIG,
        f"A message may have at most {size - 1} bytes before connection_ack",
    )


def test_bytes_are_charged_over_ten_seconds() -> None:
    intake = Intake(SocketLimits(bytes_per_second=100), 0)
    intake.caller_is_known()
    assert intake.charge("x" * 900, 0) == 900
    assert intake.charge("x" * 600, 5) == 600
    with pytest.raises(Closing) as refused:
        intake.charge("x" * 101, 5)
    assert refused.value.code is CloseCode.POLICY_VIOLATION
    assert refused.value.reason == "Too many bytes: at most 100 a second are allowed"


@pytest.mark.parametrize(
    ("reason", "shortened"),
    [
        ("a" * 123, "a" * 123),
        ("a" * 124, "a" * 120 + "…"),
        ("é" * 61, "é" * 61),
        ("é" * 62, "é" * 60 + "…"),
        ("a" + "🙂" * 40, "a" + "🙂" * 29 + "…"),
        ("\ud800", "?"),
    ],
)
def test_a_reason_is_cut_between_characters_to_what_a_close_frame_holds(reason: str, shortened: str) -> None:
    assert Closing(CloseCode.BAD_REQUEST, reason).reason == shortened
