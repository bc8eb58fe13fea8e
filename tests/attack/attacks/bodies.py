"""Bodies that cost much to read, and bodies that never end."""

from benchmarks.load.http_load import Connection
from graphql_server.rfc6455.frames import Opcode
from tests.attack.attack import attack
from tests.attack.attacker import Attacker
from tests.attack.raw_connections import Line, Socket, frame

MIB = 1_048_576
BIG_NUMBERS = b",".join([b"1e999"] * ((MIB - 200) // 6))
JSON_BODY = b'{"query":"{__typename}","variables":{"a":[' + BIG_NUMBERS + b"]}}"
HEAD = b"POST /graphql/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
ANONYMOUS = 10
OVER_LIMIT, AT_ONCE = 59_000_000, 4
SLOW = 200
CHUNK = 65_536
PATIENCE_SECONDS = 35.0
DAPHNE = {"daphne": "It reads all of a body before the system sees any of it: a proxy has to bound bodies (README.md)."}


@attack(
    "json-numbers",
    "1 MiB of JSON with numbers that no float holds, again and again, anonymous and over a socket",
    *("413", "THROTTLED", "429", "401", "UNAUTHENTICATED", "QUERY_TOO_EXPENSIVE", "1008", "1009", "400"),
)
async def json_numbers(attacker: Attacker) -> None:
    """Ten anonymous connections and one socket with a token."""

    async def by_post() -> None:
        while attacker.goes_on:
            async with Connection.to(attacker.port) as connection:
                await attacker.send(connection, HEAD % len(JSON_BODY) + JSON_BODY)

    async def over_a_socket() -> None:
        message = b'{"id":"1","type":"subscribe","payload":' + JSON_BODY + b"}"
        async with Socket.to(attacker) as socket:
            await socket.open(attacker.read_token)
            while attacker.goes_on:
                await socket.put(frame(Opcode.TEXT, message))

    await attacker.all_of(over_a_socket(), *(by_post() for _ in range(ANONYMOUS)))


@attack("body-over-limit", f"{AT_ONCE} bodies of {OVER_LIMIT // 1_000_000} MB at a time", "413", excused=DAPHNE)
async def over_limit(attacker: Attacker) -> None:
    """The body is sent to its end, as far as the server reads it."""

    async def one() -> None:
        while attacker.goes_on:
            async with Line.to(attacker) as line:
                await line.put(HEAD % OVER_LIMIT)
                for _ in range(0, OVER_LIMIT, CHUNK):
                    if line.heard or line.ended.is_set():
                        break
                    await line.put(b" " * CHUNK)
                await line.answer()

    await attacker.all_of(*(one() for _ in range(AT_ONCE)))


@attack("body-slow", f"{SLOW} bodies of which a byte comes each half second", "408", "cut", excused=DAPHNE)
async def send_slowly(attacker: Attacker) -> None:
    """The connections send slowly until they are cut off, for at most 35 seconds after the attack's time."""

    async def one() -> None:
        async with Line.to(attacker) as line:
            await line.put(HEAD % 1000)
            await attacker.paced(2, lambda _: line.put(b" "), PATIENCE_SECONDS)

    await attacker.all_of(*(one() for _ in range(SLOW)), patience=PATIENCE_SECONDS)
