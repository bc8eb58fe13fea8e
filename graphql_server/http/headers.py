"""Reads the headers, address and query string of an HTTP request or a WebSocket handshake from its ASGI scope."""

from collections.abc import Mapping
from typing import Any


def headers_of(scope: Mapping[str, Any]) -> dict[str, str]:
    """The headers by lower-case name, as Django reads them.

    The values of a repeated header are joined by commas. A name with an underscore is left out: it would pass for the
    header of the same name with a hyphen.
    """
    found: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin1"), raw_value.decode("latin1")
        if "_" not in name:
            found[name] = f"{found[name]},{value}" if name in found else value
    return found


def address_of(scope: Mapping[str, Any]) -> str | None:
    """The peer's address; None for a connection through a socket file."""
    client = scope.get("client")
    return client[0] if client else None


def query_string_of(scope: Mapping[str, Any]) -> bytes:
    """The query string, which a server may leave out."""
    found: bytes = scope.get("query_string", b"")
    return found
