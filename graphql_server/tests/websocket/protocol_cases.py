"""What graphql-transport-ws requires of a server, case by case; run in the process, and on each real server."""

from graphql_server.testing.peer import Closed
from graphql_server.tests.websocket.protocol import ACK, INIT, READY, Case, Hears, Says, complete, next_, subscribe
from graphql_server.tests.websocket.protocol_malformed import IDS, MALFORMED, PAYLOADS, UNREADABLE_OPERATIONS

SYNTAX_ERROR = {"message": "Syntax Error: Expected Name, found <EOF>.", "locations": [{"line": 1, "column": 2}]}
EMPTY_DOCUMENT = {"message": "Syntax Error: Unexpected <EOF>.", "locations": [{"line": 1, "column": 1}]}
UNKNOWN_FIELD = {"message": "Cannot query field 'nope' on type 'Query'.", "locations": [{"line": 1, "column": 2}]}

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
    Case("pong without a ping", (*READY, Says({"type": "pong", "payload": {"a": 1}}))),
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
CASES = [*MALFORMED, *UNREADABLE_OPERATIONS, *IDS, *PAYLOADS, *CONNECTION, *OPERATIONS]
