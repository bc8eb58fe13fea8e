"""Sends a POST to a tenant's address: to a checked IP address, bounded in time and size, never redirected.

The standard library's client: a library would need its connection, its time limits and its redirects replaced anyway.
"""

import io
import ssl
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from functools import cache, partial
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPResponse
from socket import create_connection, socket
from threading import Thread
from time import monotonic, time
from urllib.parse import SplitResult, urlsplit

from webhooks.addresses import AddressForbidden, addresses_of, is_in_networks
from webhooks.models import Outcome

MOST_ANSWER = 2048
CONNECT_SECONDS = 5.0
PORTS = {"http": 80, "https": 443}
SHOWN = 300
MOST_DIGITS = 9
"""Of the seconds in ``Retry-After``."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The result of a request: the status and the beginning of the body, or the error."""

    outcome: Outcome
    seconds: float
    status: int | None = None
    body: str = ""
    error: str = ""
    retry_after: float = 0.0
    """The seconds for which the endpoint wants no further attempt (``Retry-After``)."""


def post(url: str, body: bytes, headers: Mapping[str, str], *, seconds: float) -> Answer:
    """Send a POST and return how it ended, after ``seconds`` at the latest. Never raises."""
    began = monotonic()
    try:
        status, text, later = exchanged(urlsplit(url), body, headers, began + seconds)
    except AddressForbidden as error:
        return Answer(Outcome.FORBIDDEN_ADDRESS, monotonic() - began, error=str(error))
    except TimeoutError:
        return Answer(Outcome.TIMED_OUT, monotonic() - began, error=f"No answer within {seconds:g} seconds.")
    except (OSError, HTTPException, ValueError) as error:
        said = f"{type(error).__name__}: {error}"[:SHOWN]
        return Answer(Outcome.UNREACHABLE, monotonic() - began, error=said)
    outcome, reason = judged(status)
    return Answer(outcome, monotonic() - began, status, text, reason, later)


def judged(status: int) -> tuple[Outcome, str]:
    """The outcome that a status means: only 2xx is a success, and a redirect is not followed."""
    if 200 <= status < 300:
        return Outcome.DELIVERED, ""
    if status == HTTPStatus.GONE:
        return Outcome.GONE, "The endpoint answered 410: it wants no more events."
    said = f"The endpoint answered {status}."
    return Outcome.REFUSED, f"{said} Redirects are not followed." if 300 <= status < 400 else said


def exchanged(url: SplitResult, body: bytes, headers: Mapping[str, str], deadline: float) -> tuple[int, str, float]:
    """Send the request; return the status, the beginning of the answer's body, and ``Retry-After`` in seconds."""
    host, port = url.hostname or "", url.port or PORTS[url.scheme]
    path = (url.path or "/") + (f"?{url.query}" if url.query else "")
    fixed = {"host": url.netloc, "user-agent": "orders-webhooks/1", "connection": "close"}
    with connected(host, port, deadline, is_tls=url.scheme == "https") as sock:
        connection = HTTPConnection(host, port)
        connection.sock = sock
        sock.settimeout(left(deadline))
        connection.request("POST", path, body, {**headers, **fixed})
        answer = HTTPResponse(Bounded(sock, deadline), method="POST")  # type: ignore[arg-type]  # all that it uses
        answer.begin()
        return answer.status, beginning(answer), seconds_of(answer.headers.get("retry-after", ""))


def seconds_of(retry_after: str) -> float:
    """``Retry-After`` (RFC 9110, 10.2.3), which is a number of seconds or a date; 0 if it is neither, or has passed."""
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return float(text[:MOST_DIGITS])
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    return max(0.0, (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - time())


def beginning(answer: HTTPResponse) -> str:
    """The first :data:`MOST_ANSWER` bytes of an answer's body; the status counts even if the body never ends."""
    try:
        raw = answer.read(MOST_ANSWER)
    except (OSError, HTTPException):
        return ""
    return raw.decode(errors="replace").replace("\0", "\N{REPLACEMENT CHARACTER}")


def connected(host: str, port: int, deadline: float, *, is_tls: bool) -> socket:
    """A connection to the first allowed address of the host that accepts one.

    Raises:
        AddressForbidden: no address is allowed; without TLS, those of ``WEBHOOKS_NETWORKS`` alone are.
        OSError: none accepts.
    """
    found = in_time(partial(addresses_of, host, port), deadline)
    allowed = [text for text in found if is_tls or is_in_networks(text)]
    if not allowed:
        raise AddressForbidden(host)
    last: OSError = OSError(f"{host} has no address")
    for text in allowed:
        try:
            plain = create_connection((text, port), min(CONNECT_SECONDS, left(deadline)))
        except OSError as error:
            last = error
            continue
        try:
            plain.settimeout(left(deadline))
            return trusted().wrap_socket(plain, server_hostname=host) if is_tls else plain
        except BaseException:
            plain.close()
            raise
    raise last


def in_time(look_up: Callable[[], list[str]], deadline: float) -> list[str]:
    """What a look-up of a name finds. The system's has no time limit, so it runs on a thread that may be left behind.

    Raises:
        TimeoutError: it found nothing before the deadline.
    """
    found: Future[list[str]] = Future()

    def run() -> None:
        try:
            found.set_result(look_up())
        except Exception as error:  # raised in the waiting thread
            found.set_exception(error)

    Thread(target=run, name="webhook name", daemon=True).start()
    return found.result(left(deadline))


@cache
def trusted() -> ssl.SSLContext:
    """The machine's certificate authorities."""
    return ssl.create_default_context()


def left(deadline: float) -> float:
    """The seconds until the deadline.

    Raises:
        TimeoutError: it has passed.
    """
    seconds = deadline - monotonic()
    if seconds <= 0:
        raise TimeoutError
    return seconds


class Bounded:
    """A socket from which all of an answer is read before the deadline.

    A socket's own limit is for each call: a server that sends a byte a second would never reach it.
    """

    def __init__(self, sock: socket, deadline: float) -> None:
        self.sock = sock
        self.deadline = deadline

    def makefile(self, *_: object, **__: object) -> io.BufferedReader:
        """The socket as :class:`http.client.HTTPResponse` reads from it."""
        return io.BufferedReader(BoundedReads(self.sock, self.deadline))


class BoundedReads(io.RawIOBase):
    """The bytes of a socket."""

    def __init__(self, sock: socket, deadline: float) -> None:
        super().__init__()
        self.sock = sock
        self.deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # the stub's type needs Python 3.12
        self.sock.settimeout(left(self.deadline))
        return self.sock.recv_into(buffer)
