"""Messages that break the protocol, and how each is refused."""

from typing import Any

from graphql_server.testing.peer import Closed
from graphql_server.tests.websocket.protocol import (
    READY,
    Case,
    Hears,
    Says,
    bad_request,
    complete,
    expects,
    next_,
    subscribe,
)

DEEP = 2_000
JSON_VALUES: list[tuple[str, str]] = [
    ("[]", "an array"),
    ("5", "a number"),
    ("1.5", "a number"),
    ("null", "nothing"),
    ("true", "a boolean"),
    ('"x"', "a string"),
    ('[{"type":"ping"}]', "an array"),
]
NOT_JSON: list[tuple[str, str, str]] = [
    ("empty", "", "Input is a zero-length, empty document"),
    ("cut off", '{"type":', "unexpected end of data"),
    ("words", "hello", "unexpected character, expected a JSON value"),
    ("NaN", '{"type":"ping","payload":{"a":NaN}}', "unexpected character, expected a JSON value"),
    ("1e400", '{"type":"ping","payload":{"a":1e400}}', "number is infinity when parsed as double"),
    (
        "100,000 digits",
        '{"type":"ping","payload":{"a":' + "9" * 100_000 + "}}",
        "number is infinity when parsed as double",
    ),
    ("lone surrogate", r'{"type":"ping","payload":{"a":"\ud800"}}', "no low surrogate in string"),
    ("control character", '{"type":"pi\tng"}', "unexpected control character in string"),
    ("deep arrays", "[" * DEEP + "]" * DEEP, "depth limit exceeded"),
    ("deep objects", '{"a":' * DEEP + "1" + "}" * DEEP, "depth limit exceeded"),
    ("deep and cut off", "[" * 100_000, "depth limit exceeded"),
    ("two documents", '{"type":"ping"}{"type":"ping"}', "unexpected content after document"),
    ("single quotes", "{'type':'ping'}", "unexpected character, expected a string key"),
]
LONE = "no low surrogate in string"
UNREADABLE: list[tuple[str, str, str]] = [
    ("NaN", "NaN", "unexpected character, expected a JSON value"),
    ("lone surrogate", r'"\ud800"', LONE),
    ("lone surrogate as a name", r'{"\ud800": 1}', LONE),
]
NOT_A_STRING: list[tuple[Any, str]] = [
    (None, "nothing"),
    (1, "a number"),
    (True, "a boolean"),
    ([], "an array"),
    ({}, "an object"),
]
NOT_AN_OBJECT: list[tuple[Any, str]] = [(1, "a number"), (False, "a boolean"), ([], "an array"), ("x", "a string")]

MALFORMED = [
    *(bad_request(f"message {text}", text, f"Message must be an object, but got {got}") for text, got in JSON_VALUES),
    *(bad_request(f"not JSON: {name}", text, f"Message is not valid JSON: {why}") for name, text, why in NOT_JSON),
    bad_request("binary message", b'{"type":"ping"}', "Only text messages are accepted"),
    bad_request("empty binary message", b"", "Only text messages are accepted"),
    *(
        bad_request(
            f"type {got}", {"type": value}, f"Message expects the 'type' property to be a string, but got {got}"
        )
        for value, got in NOT_A_STRING
    ),
    bad_request("no type", {}, "Message expects the 'type' property to be a string, but got nothing"),
    *(
        bad_request(f"type {kind!r}", {"type": kind, "id": "1"}, f"Invalid message 'type' property {kind!r}")
        for kind in ("", "start", "stop", "next", "error", "connection_ack", "PING", "connection_terminate")
    ),
    bad_request("malformed before init", "[]", "Message must be an object, but got an array", ready=False),
    bad_request("unknown type before init", {"type": "x"}, "Invalid message 'type' property 'x'", ready=False),
]
IDS = [
    *(
        bad_request(
            f"subscribe with {got} as id", subscribe("{hello}", value), expects("subscribe", "id", "a string", got)
        )
        for value, got in NOT_A_STRING
    ),
    bad_request(
        "subscribe without id",
        {"type": "subscribe", "payload": {"query": "{hello}"}},
        expects("subscribe", "id", "a string", "nothing"),
    ),
    bad_request("empty id", subscribe("{hello}", ""), "'subscribe' message requires a non-empty 'id' property"),
    bad_request(
        "long id",
        subscribe("{hello}", "x" * 257),
        "'subscribe' message expects an 'id' property of at most 256 characters",
    ),
    bad_request(
        "lone surrogate in an id",
        r'{"type":"subscribe","id":"\ud800","payload":{"query":"{hello}"}}',
        "'subscribe' message expects an 'id' property without lone surrogates",
    ),
    bad_request(
        "lone surrogate in the id of a complete",
        r'{"type":"complete","id":"\ud800"}',
        "Message is not valid JSON: no low surrogate in string",
    ),
    bad_request(
        "lone surrogate in the payload of an init",
        r'{"type":"connection_init","payload":{"authorization":"\ud800"}}',
        "Message is not valid JSON: no low surrogate in string",
        ready=False,
    ),
    bad_request("complete without id", {"type": "complete"}, expects("complete", "id", "a string", "nothing")),
    bad_request("complete {}", {"type": "complete", "id": {}}, expects("complete", "id", "a string", "an object")),
    bad_request(
        "complete empty", {"type": "complete", "id": ""}, "'complete' message requires a non-empty 'id' property"
    ),
    Case(
        "longest id",
        (*READY, Says(subscribe("{hello}", "é" * 256)), next_({"hello": "world"}, "é" * 256), complete("é" * 256)),
    ),
]
PAYLOADS = [
    *(
        bad_request(
            f"subscribe with payload {got}",
            {"type": "subscribe", "id": "1", "payload": value},
            expects("subscribe", "payload", "an object", got),
        )
        for value, got in [*NOT_AN_OBJECT, (None, "nothing")]
    ),
    *(
        bad_request(
            f"query {got}",
            subscribe(value),
            f"'subscribe' payload expects the 'query' property to be a string, but got {got}",
        )
        for value, got in NOT_A_STRING
    ),
    *(
        bad_request(
            f"{name} {got}",
            subscribe("{hello}", **{name: value}),
            f"Message expects the '{name}' property to be an object or null, but got {got}",
        )
        for name in ("variables", "extensions")
        for value, got in NOT_AN_OBJECT
    ),
    *(
        bad_request(
            f"operationName {got}",
            subscribe("{hello}", operationName=value),
            f"Message expects the 'operationName' property to be a string or null, but got {got}",
        )
        for value, got in NOT_A_STRING[1:]
    ),
    *(
        bad_request(
            f"{kind} with payload {got}",
            {"type": kind, "payload": value},
            f"Message expects the 'payload' property to be an object or null, but got {got}",
            ready=kind != "connection_init",
        )
        for kind in ("connection_init", "ping", "pong")
        for value, got in NOT_AN_OBJECT
    ),
]


HELLO_AGAIN = (Says(subscribe("{hello}")), next_({"hello": "world"}), complete())
UNAUTHORIZED = Closed(4401, "Unauthorized")


def of_one_operation(value: str) -> str:
    """A ``subscribe`` message whose variables are not JSON."""
    return '{"id":"1","type":"subscribe","payload":{"query":"{hello}","variables":{"a":' + value + "}}}"


def refused_with(reason: str) -> Hears:
    """The error of an operation that can't be read."""
    error = {"message": f"The message is not JSON: {reason}.", "extensions": {"code": "BAD_USER_INPUT"}}
    return Hears({"id": "1", "type": "error", "payload": [error]})


UNREADABLE_OPERATIONS = [
    *(
        Case(f"{name} in an operation", (*READY, Says(of_one_operation(value)), refused_with(reason), *HELLO_AGAIN))
        for name, value, reason in UNREADABLE
    ),
    *(
        Case(f"lone surrogate in the {name} of an operation", (*READY, Says(message), refused_with(LONE), *HELLO_AGAIN))
        for name, message in {
            "query": r'{"id":"1","type":"subscribe","payload":{"query":"{hello} #\ud800"}}',
            "name": r'{"id":"1","type":"subscribe","payload":{"query":"{hello}","operationName":"\ud800"}}',
            "extensions": r'{"id":"1","type":"subscribe","payload":{"query":"{hello}","extensions":{"\ud800":1}}}',
        }.items()
    ),
    Case(
        "1e400 in an operation",
        (
            *READY,
            Says('{"id":"1","type":"subscribe","payload":{"query":"{hello}","variables":{"a":1e400}}}'),
            *HELLO_AGAIN[1:],
        ),
    ),
    Case("an operation that can't be read before connection_init", (Says(of_one_operation("NaN")),), UNAUTHORIZED),
    Case(
        "an operation that can't be read under the id of another",
        (*READY, Says(subscribe("{wait}")), Says(of_one_operation("NaN"))),
        Closed(4409, "Subscriber for 1 already exists"),
    ),
]
