"""Documents that are new to the server: it has to parse each before it can refuse it."""

from collections.abc import Iterator
from contextlib import AsyncExitStack
from itertools import count
from string import ascii_lowercase, digits
from urllib.parse import quote

from benchmarks.load.http_load import Connection
from tests.attack.attack import attack
from tests.attack.attacker import Attacker, bearer
from tests.attack.raw_connections import Socket

FIELDS = 600
PER_SECOND = 190
CONNECTIONS = 40
ANONYMOUS_CONNECTIONS, ANONYMOUS_BYTES_PER_SECOND = 20, 68_000
REFUSALS = ("THROTTLED", "429", "1008", "1013")


def documents() -> Iterator[str]:
    """Endless documents: in turn one that exceeds the limit of aliases, and one whose fields do not exist."""
    names = [f"{letter}{sign}" for letter in ascii_lowercase for sign in f"{ascii_lowercase}{digits}"][:FIELDS]
    for number in count():
        fields = (f"{name}:id" for name in names) if number % 2 else names
        yield f"{{n{number} {' '.join(fields)}}}"


@attack("documents-socket", f"{PER_SECOND} unknown documents of {FIELDS} fields a second over one socket", *REFUSALS)
async def over_one_socket(attacker: Attacker) -> None:
    """Each document is a query of its own."""
    new = documents()

    async def flood() -> None:
        async with Socket.to(attacker) as socket:
            await socket.open(attacker.read_token)
            await attacker.paced(PER_SECOND, lambda number: socket.subscribe(number, next(new)))

    await attacker.all_of(flood())


async def over_http(attacker: Attacker, request: "type[Get] | type[Post]") -> None:
    """Over some connections, each with one running request."""
    new = documents()

    async def one(connection: Connection) -> None:
        await attacker.paced(
            PER_SECOND / CONNECTIONS, lambda _: attacker.send(connection, request.of(next(new), attacker.read_token))
        )

    async with AsyncExitStack() as stack:
        connections = [await stack.enter_async_context(Connection.to(attacker.port)) for _ in range(CONNECTIONS)]
        await attacker.all_of(*(one(connection) for connection in connections))


class Get:
    """A query in the address."""

    @staticmethod
    def of(document: str, token: str) -> bytes:
        head = "".join(f"{name}: {value}\r\n" for name, value in bearer(token).items())
        return f"GET /graphql/?query={quote(document)} HTTP/1.1\r\nHost: 127.0.0.1\r\n{head}\r\n".encode()


class Post:
    """A query in the body, as JSON without escapes."""

    @staticmethod
    def of(document: str, token: str) -> bytes:
        body = f'{{"query":"{document}"}}'.encode()
        head = "".join(f"{name}: {value}\r\n" for name, value in bearer(token).items())
        sizes = f"Content-Type: application/json\r\nContent-Length: {len(body)}"
        return f"POST /graphql/ HTTP/1.1\r\nHost: 127.0.0.1\r\n{sizes}\r\n{head}\r\n".encode() + body


@attack("documents-get", f"{PER_SECOND} such documents a second by GET", *REFUSALS)
async def by_get(attacker: Attacker) -> None:
    """The documents in the address."""
    await over_http(attacker, Get)


@attack("documents-post", f"{PER_SECOND} such documents a second by POST", *REFUSALS)
async def by_post(attacker: Attacker) -> None:
    """The documents in the body."""
    await over_http(attacker, Post)


@attack(
    "documents-anonymous",
    f"{ANONYMOUS_CONNECTIONS} anonymous connections with {ANONYMOUS_BYTES_PER_SECOND // 1000} kB/s of documents",
    *(*REFUSALS, "401", "UNAUTHENTICATED", "QUERY_TOO_EXPENSIVE"),
)
async def anonymous(attacker: Attacker) -> None:
    """The documents without credentials, and slowly."""
    requests = (Post.of(document, "") for document in documents())

    size = (len(next(requests)) + len(next(requests))) / 2
    pace = ANONYMOUS_BYTES_PER_SECOND / size / ANONYMOUS_CONNECTIONS

    async def one(connection: Connection) -> None:
        await attacker.paced(pace, lambda _: attacker.send(connection, next(requests)))

    async with AsyncExitStack() as stack:
        connections = [
            await stack.enter_async_context(Connection.to(attacker.port)) for _ in range(ANONYMOUS_CONNECTIONS)
        ]
        await attacker.all_of(*(one(connection) for connection in connections))
