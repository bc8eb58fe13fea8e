"""The protocols for uvicorn: ours under a version that was tried, else uvicorn's own."""

from importlib import import_module
from typing import Any

from uvicorn.protocols.http.auto import AutoHTTPProtocol

from graphql_server.limits import ConnectionLimits
from graphql_server.servers.versions import UVICORN, fit


def http_protocol(limits: ConnectionLimits) -> type[Any]:
    """The class for uvicorn's ``--http``.

    It bounds connections by ``limits`` and serves WebSockets at a low cost. Under a version of uvicorn that was not
    tried it is uvicorn's own class, which has no such limits.
    """
    if not fit(UVICORN):
        return AutoHTTPProtocol
    module = import_module("graphql_server.servers.uvicorn_http")  # It imports private parts of uvicorn.
    return type("Http", (module.HttpProtocol,), {"limits": limits})
