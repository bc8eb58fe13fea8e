"""Every number that limits what callers can use of a server, by topic.

The defaults are generous for any real client. A limit that can be switched off says so.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class DocumentLimits:
    """The most that one GraphQL document may have."""

    characters: int = 100_000
    tokens: int = 2_000
    operations: int = 20
    depth: int = 20
    """Levels of fields. A fragment adds no level."""
    fields: int = 1_000
    """Fields with every fragment spread written out. The next two are counted in the same way."""
    aliases: int = 100
    directives: int = 100
    repeats: int = 100
    """Fields and spreads that occur at their place already under the same name; validation compares them in pairs."""
    fragments: int = 50
    """Fragments of a document; validation compares them in pairs."""
    variables: int = 100
    """Variables that one operation defines."""
    values: int = 50_000
    """Values in the variables of a request, nested values included."""
    cost: int = 50_000
    """Points of one operation (:mod:`graphql_server.documents.cost`)."""
    anonymous_bytes: int = 16_384
    """Bytes of a body, or characters of a document, from a caller without a tenant."""
    anonymous_tokens: int = 500
    """Tokens of a document from a caller without a tenant."""
    errors: int = 5
    """Errors of a document or of its variables that a response lists. A last error says if there are more."""


@dataclass(frozen=True, slots=True)
class OperationLimits:
    """How operations run: on ``threads`` threads, each operation for at most ``deadline_seconds``.

    The deadline includes the wait for a thread.
    """

    threads: int = 8
    deadline_seconds: float = 10.0


@dataclass(frozen=True, slots=True)
class Shares:
    """How many operations of one caller, and of one tenant, run at a time.

    0 means half of the threads for a caller and three quarters for a tenant. All callers without a tenant count as one
    tenant. ``wait_seconds`` is how long an operation waits for its turn.
    """

    caller: int = 0
    tenant: int = 0
    wait_seconds: int = 5


@dataclass(frozen=True, slots=True)
class BodyLimits:
    """The size of a request body, and how long it may take to arrive."""

    bytes: int = 1_048_576
    seconds: float = 30.0


@dataclass(frozen=True, slots=True)
class SocketCounts:
    """How many sockets may be open at a time in one process. 0 is no limit."""

    address: int = 10_000
    caller: int = 10_000
    """For each token and each person, and for the open demo as a whole."""
    tenant: int = 20_000


@dataclass(frozen=True, slots=True)
class SocketLimits:
    """The limits of one socket.

    ``silence_seconds`` is how long a peer may send nothing, or leave a full window unanswered. ``window_bytes`` is how
    much may be sent before the peer answers a ping. ``messages_per_second`` and ``bytes_per_second`` are means over ten
    seconds; 0 is no limit. Until ``connection_ack`` a peer may send ``first_messages`` of at most
    ``first_message_bytes`` each. ``ready_frames`` lets :mod:`graphql_server.servers.writer` write frames past ``send``.
    """

    init_seconds: float = 10.0
    ping_seconds: float = 12.0
    silence_seconds: float = 50.0
    message_bytes: int = 1_048_576
    first_message_bytes: int = 16_384
    first_messages: int = 16
    window_bytes: int = 1_000_000
    operations: int = 100
    messages_per_second: int = 200
    bytes_per_second: int = 262_144
    ready_frames: bool = True


@dataclass(frozen=True, slots=True)
class LiveLimits:
    """``lag_events`` is how many events a slow subscriber may fall further behind before it is ended."""

    lag_events: int = 10_000


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """What a TCP connection may cost under uvicorn, HTTP or WebSocket; 0 connections are no limit."""

    head_bytes: int = 65_536
    """The request line and all headers of a request, trailers included."""
    head_seconds: float = 10.0
    """Seconds in which they must arrive; a new connection may be silent for as long."""
    connections: int = 10_000
    """Open connections of one address, WebSockets included."""
    stall_seconds: float = 20.0
    stall_bytes: int = 16_384
    """Bytes of an answer that a peer must read in ``stall_seconds`` while more waits than the transport holds."""


@dataclass(frozen=True, slots=True)
class Limits:
    """All limits of a server."""

    documents: DocumentLimits = field(default_factory=DocumentLimits)
    operations: OperationLimits = field(default_factory=OperationLimits)
    shares: Shares = field(default_factory=Shares)
    bodies: BodyLimits = field(default_factory=BodyLimits)
    sockets: SocketCounts = field(default_factory=SocketCounts)
    socket: SocketLimits = field(default_factory=SocketLimits)
    live: LiveLimits = field(default_factory=LiveLimits)
