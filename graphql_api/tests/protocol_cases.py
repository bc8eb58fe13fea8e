"""What graphql-transport-ws asks of a server, case by case; run in the process, and on each real server."""

from dataclasses import dataclass
from typing import Any

from graphql_api.tests.peer import Closed

Frame = dict[str, Any] | str | bytes
INIT: dict[str, Any] = {"type": "connection_init"}
ACK: dict[str, Any] = {"type": "connection_ack"}


@dataclass(frozen=True)
class Says:
    """The client sends this."""

    frame: Frame


@dataclass(frozen=True)
class Hears:
    """The next message of the server is this."""

    message: dict[str, Any]


@dataclass(frozen=True)
class Case:
    """Steps of a conversation, and how it ends: closed, or (None) alive and with nothing else said."""

    name: str
    steps: tuple[Says | Hears, ...]
    end: Closed | None = None

    def __str__(self) -> str:
        return self.name


def subscribe(query: Any, operation_id: Any = "1", **payload: Any) -> dict[str, Any]:
    """A ``subscribe`` message."""
    return {"id": operation_id, "type": "subscribe", "payload": {"query": query, **payload}}


def next_(data: Any, operation_id: str = "1") -> Hears:
    """A ``next`` message."""
    return Hears({"id": operation_id, "type": "next", "payload": {"data": data}})


def complete(operation_id: str = "1") -> Hears:
    """The server's ``complete`` message."""
    return Hears({"id": operation_id, "type": "complete"})


SYNTAX_ERROR = {"message": "Syntax Error: Expected Name, found <EOF>.", "locations": [{"line": 1, "column": 2}]}
EMPTY_DOCUMENT = {"message": "Syntax Error: Unexpected <EOF>.", "locations": [{"line": 1, "column": 1}]}
UNKNOWN_FIELD = {"message": "Cannot query field 'nope' on type 'Query'.", "locations": [{"line": 1, "column": 2}]}
READY = (Says(INIT), Hears(ACK))
DEEP = 2_000


def bad_request(name: str, frame: Frame, reason: str, *, ready: bool = True) -> Case:
    """One that a message ends with 4400."""
    return Case(name, (*(READY if ready else ()), Says(frame)), Closed(4400, reason))


def expects(kind: str, name: str, wanted: str, got: str) -> str:
    """The reason for a property of the wrong type."""
    return f"'{kind}' message expects the '{name}' property to be {wanted}, but got {got}"


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
CONNECTION = [
    Case("init without payload", READY),
    Case("init with payload null", (Says({**INIT, "payload": None}), Hears(ACK))),
    Case("init with payload", (Says({**INIT, "payload": {"a": [1]}}), Hears(ACK))),
    Case("init with more than the protocol knows", (Says({**INIT, "id": 1, "x": {}}), Hears(ACK))),
    Case("second init", (*READY, Says(INIT)), Closed(4429, "Too many initialisation requests")),
    Case(
        "second init before the first is answered",
        (Says({**INIT, "payload": {"authorization": "slow"}}), Says(INIT)),
        Closed(4429, "Too many initialisation requests"),
    ),
    Case("refused", (Says({**INIT, "payload": {"authorization": "bad"}}),), Closed(4403, "Forbidden")),
    Case("broken", (Says({**INIT, "payload": {"authorization": "broken"}}),), Closed(4500, "Internal server error")),
    Case("subscribe before init", (Says(subscribe("{hello}")),), Closed(4401, "Unauthorized")),
    Case(
        "subscribe before the ack",
        (Says({**INIT, "payload": {"authorization": "slow"}}), Says(subscribe("{hello}"))),
        Closed(4401, "Unauthorized"),
    ),
    Case("ping before init", (Says({"type": "ping"}), Hears({"type": "pong"}))),
    Case("pong before init", (Says({"type": "pong"}),)),
    Case("complete before init", (Says({"type": "complete", "id": "1"}),)),
    Case("ping", (*READY, Says({"type": "ping"}), Hears({"type": "pong"}))),
    Case("ping with payload null", (*READY, Says({"type": "ping", "payload": None}), Hears({"type": "pong"}))),
    Case(
        "ping with payload",
        (*READY, Says({"type": "ping", "payload": {"a": "é"}}), Hears({"type": "pong", "payload": {"a": "é"}})),
    ),
    Case(
        "ping with an empty payload",
        (*READY, Says({"type": "ping", "payload": {}}), Hears({"type": "pong", "payload": {}})),
    ),
    Case(
        "ping with a payload too deep to be sent back",
        (*READY, Says('{"type":"ping","payload":' + '{"a":' * 500 + "1" + "}" * 501), Hears({"type": "pong"})),
    ),
    Case("pong that nobody asked for", (*READY, Says({"type": "pong", "payload": {"a": 1}}))),
    Case("1 MiB and a byte", (*READY, Says(" " * 1_048_577)), Closed(1009, "A message may have at most 1048576 bytes")),
    Case("1 MiB", (*READY, Says('{"type":"ping"}'.ljust(1_048_576)), Hears({"type": "pong"}))),
]
HELLO = (next_({"hello": "world"}), complete())
OPERATIONS = [
    Case("query", (*READY, Says(subscribe("{hello}")), *HELLO)),
    Case(
        "query and nulls",
        (*READY, Says(subscribe("{hello}", variables=None, operationName=None, extensions=None)), *HELLO),
    ),
    Case(
        "query with variables, name and extensions",
        (
            *READY,
            Says(
                subscribe(
                    "query A($t: String!) {echo(text: $t)} query B {hello}",
                    variables={"t": "\x00🙂"},
                    operationName="A",
                    extensions={"a": 1},
                )
            ),
            next_({"echo": "\x00🙂"}),
            complete(),
        ),
    ),
    Case("mutation", (*READY, Says(subscribe("mutation {__typename}")), next_({"__typename": "Mutation"}), complete())),
    Case(
        "subscription",
        (*READY, Says(subscribe("subscription {count(to: 2)}")), next_({"count": 0}), next_({"count": 1}), complete()),
    ),
    Case("subscription without events", (*READY, Says(subscribe("subscription {count(to: 0)}")), complete())),
    Case("id used again", (*READY, Says(subscribe("{hello}")), *HELLO, Says(subscribe("{hello}")), *HELLO)),
    Case(
        "id of a running subscription",
        (
            *READY,
            Says(subscribe("subscription {forever}", "a")),
            next_({"forever": "anonymous/0"}, "a"),
            Says(subscribe("{hello}", "a")),
        ),
        Closed(4409, "Subscriber for a already exists"),
    ),
    Case(
        "long id of a running query",
        (*READY, Says(subscribe("{wait}", "é" * 100)), Says(subscribe("{hello}", "é" * 100))),
        Closed(4409, f"Subscriber for {'é' * 52}…"),
    ),
    Case(
        "completed by the client, then its id used again",
        (
            *READY,
            Says(subscribe("subscription {forever}")),
            next_({"forever": "anonymous/0"}),
            Says({"type": "complete", "id": "1"}),
            Says(subscribe("{hello}")),
            *HELLO,
        ),
    ),
    Case("complete of an unknown id", (*READY, Says({"type": "complete", "id": "x"}))),
    Case(
        "one that waits holds up no other",
        (*READY, Says(subscribe("{wait}", "w")), Says(subscribe("{hello}")), *HELLO),
    ),
    Case(
        "syntax error",
        (*READY, Says(subscribe("{")), Hears({"id": "1", "type": "error", "payload": [SYNTAX_ERROR]})),
    ),
    Case(
        "empty document",
        (*READY, Says(subscribe("")), Hears({"id": "1", "type": "error", "payload": [EMPTY_DOCUMENT]})),
    ),
    Case(
        "validation error",
        (*READY, Says(subscribe("{nope}")), Hears({"id": "1", "type": "error", "payload": [UNKNOWN_FIELD]})),
    ),
    Case(
        "validation error in a subscription",
        (
            *READY,
            Says(subscribe("subscription {nope}")),
            Hears(
                {
                    "id": "1",
                    "type": "error",
                    "payload": [
                        {
                            **UNKNOWN_FIELD,
                            "message": "Cannot query field 'nope' on type 'Subscription'.",
                            "locations": [{"line": 1, "column": 15}],
                        }
                    ],
                }
            ),
        ),
    ),
    Case(
        "subscription that breaks",
        (
            *READY,
            Says(subscribe("subscription {breaks}")),
            next_({"breaks": 1}),
            Hears(
                {
                    "id": "1",
                    "type": "error",
                    "payload": [{"message": "Internal server error.", "extensions": {"requestId": "0"}}],
                }
            ),
        ),
    ),
]
CASES = [*MALFORMED, *IDS, *PAYLOADS, *CONNECTION, *OPERATIONS]
