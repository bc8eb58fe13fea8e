"""The frame reader agrees with the websockets library about the same bytes, however the bytes are cut."""

import os
import struct
from collections.abc import Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from websockets.client import ClientProtocol
from websockets.frames import Frame
from websockets.frames import Opcode as TheirOpcode
from websockets.protocol import State
from websockets.server import ServerProtocol
from websockets.uri import parse_uri

from graphql_server.rfc6455.frames import (
    FRAGMENT,
    Message,
    Opcode,
    Reader,
    Violation,
    close_frame,
    frame,
    read_close,
)
from tests.form import examples

MAX_BYTES = 300


def masked(first: int, payload: bytes, *, key: bytes = b"\x01\x02\x03\x04", length: int | None = None) -> bytes:
    """A frame as a client sends it; ``length`` replaces the length in its head."""
    size = len(payload) if length is None else length
    if size < 126:
        head = struct.pack("!BB", first, 0x80 | size)
    elif size < 65_536:
        head = struct.pack("!BBH", first, 0x80 | 126, size)
    else:
        head = struct.pack("!BBQ", first, 0x80 | 127, size)
    return head + key + bytes(byte ^ key[place % 4] for place, byte in enumerate(payload))


def ours(chunks: list[bytes]) -> list[object]:
    """The messages of our reader; last the close code, if there was one."""
    reader, found = Reader(MAX_BYTES), list[object]()
    try:
        for chunk in chunks:
            for message in messages(reader, chunk):
                if message.opcode is Opcode.CLOSE:
                    return [*found, read_close(message.payload)[0]]
                found.append(message)
    except Violation as violation:
        found.append(violation.code)
    return found


def messages(reader: Reader, data: bytes) -> Iterator[Message]:
    """The messages that end in these bytes."""
    reader.feed(data)
    while (found := reader.next_frame()) is not None:
        if found is not FRAGMENT:
            yield found


def theirs(chunks: list[bytes]) -> list[object]:
    """The messages of the websockets library; last its close code, if there was one."""
    server = ServerProtocol(max_size=MAX_BYTES, state=State.OPEN)
    found, parts, kind = list[object](), b"", TheirOpcode.TEXT
    for chunk in chunks:
        server.receive_data(chunk)
        for event in server.events_received():
            assert isinstance(event, Frame)
            if event.opcode is TheirOpcode.CLOSE:
                break
            if event.opcode in {TheirOpcode.PING, TheirOpcode.PONG}:
                found.append(Message(Opcode(event.opcode), bytes(event.data)))
                continue
            kind = kind if event.opcode is TheirOpcode.CONT else event.opcode
            parts = parts + event.data if event.opcode is TheirOpcode.CONT else bytes(event.data)
            if event.fin:
                found.append(Message(Opcode(kind), parts))
        if server.close_sent is not None:
            return [*found, server.close_sent.code]
    return found


@st.composite
def streams(draw: st.DrawFn) -> list[bytes]:
    """Frames of a client, most of them valid, cut anywhere."""
    data = b"".join(draw(st.lists(frames(), min_size=1, max_size=8)))
    cuts = sorted(draw(st.lists(st.integers(0, len(data)), max_size=6)))
    return [data[start:end] for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True)]


def frames() -> st.SearchStrategy[bytes]:
    """One frame: a first byte and a payload. Some frames have no mask."""
    firsts = st.sampled_from([0x81, 0x82, 0x01, 0x02, 0x00, 0x80, 0x89, 0x8A, 0x88, 0x09, 0xC1, 0x83, 0x8B])
    payloads = st.one_of(
        st.binary(max_size=8), st.binary(min_size=120, max_size=135), st.binary(max_size=MAX_BYTES + 9)
    )
    right = st.builds(masked, firsts, payloads)
    unmasked = st.builds(lambda first, payload: bytes((first, len(payload))) + payload, firsts, st.binary(max_size=9))
    return st.one_of(right, right, right, right, unmasked)


TWO_RULES = [
    ([1007], "a close frame within a message"),
    ([1009], "an unexpected continuation frame, or a missing one"),
]
"""A frame may break a second rule, which the other implementation checks first: it is no UTF-8, or it is too large."""


@settings(max_examples=examples(300), deadline=None)
@given(streams())
@example([masked(0x81, b"x" * 126)])
@example([masked(0x88, struct.pack("!H", 1000) + b"bye")])
@example([masked(0x88, struct.pack("!H", 1005))])
@example([masked(0x88, b"\x03")])
@example([masked(0x01, b"") + masked(0x88, b"")])
@example([masked(0x88, struct.pack("!H", 1000) + b"\xff")])
@example([masked(0x01, b"") + masked(0x88, struct.pack("!H", 1000) + b"\xff")])
@example([masked(0x01, b"x" * 120) + masked(0x81, b"x" * (MAX_BYTES - 119))])
@example([masked(0x80, b"x" * (MAX_BYTES + 1))])
def test_the_reader_agrees_with_another_implementation(chunks: list[bytes]) -> None:
    found, expected = ours(chunks), theirs(chunks)
    if (expected[-1:], first_violation(chunks)) in TWO_RULES:
        expected[-1] = 1002
    assert found == expected


def first_violation(chunks: list[bytes]) -> str:
    """The rule that a frame breaks first; empty if none does before a close frame."""
    try:
        any(message.opcode is Opcode.CLOSE for message in messages(Reader(MAX_BYTES), b"".join(chunks)))
    except Violation as violation:
        return violation.reason
    return ""


@pytest.mark.parametrize("size", [0, 125, 126, 65_535, 65_536])
def test_frames_of_every_length_are_written(size: int) -> None:
    payload = os.urandom(size)
    client = ClientProtocol(parse_uri("ws://localhost/"), state=State.OPEN, max_size=None)
    client.receive_data(frame(Opcode.BINARY, payload))
    [received] = client.events_received()
    assert isinstance(received, Frame)
    assert (received.opcode, bytes(received.data)) == (TheirOpcode.BINARY, payload)


def test_a_message_that_comes_byte_by_byte_is_read_in_linear_time() -> None:
    reader = Reader(1_000_000)
    data = masked(0x82, bytes(200_000))
    found = [message for place in range(len(data)) for message in messages(reader, data[place : place + 1])]
    assert [len(message.payload) for message in found] == [200_000]


def test_each_frame_has_its_size_also_a_fragment() -> None:
    reader, found = Reader(MAX_BYTES), []
    reader.feed(masked(0x01, b"to") + masked(0x00, b"") + masked(0x89, b"ping") + masked(0x80, b"gether"))
    while (frame := reader.next_frame()) is not None:
        found.append((frame, reader.size))
    assert found == [
        (FRAGMENT, 2),
        (FRAGMENT, 0),
        (Message(Opcode.PING, b"ping"), 4),
        (Message(Opcode.TEXT, b"together"), 6),
    ]


def test_a_long_frame_is_refused_by_its_head() -> None:
    with pytest.raises(Violation) as refused:
        list(messages(Reader(MAX_BYTES), masked(0x81, b"", length=MAX_BYTES + 1)))
    assert refused.value.code == 1009


def test_fragments_that_are_too_long_together_are_refused() -> None:
    reader = Reader(MAX_BYTES)
    assert list(messages(reader, masked(0x01, b"x" * MAX_BYTES))) == []
    with pytest.raises(Violation) as refused:
        list(messages(reader, masked(0x00, b"x")))
    assert refused.value.code == 1009


def test_a_close_without_a_code_is_answered_without_one() -> None:
    assert close_frame(read_close(b"")[0]) == b"\x88\x00"
