"""Serves any Strawberry schema over HTTP and WebSocket, live. See README.md beside this file."""

from graphql_server.context import Context
from graphql_server.errors import ApiError, Code
from graphql_server.limits import Limits
from graphql_server.live.follow import Follow
from graphql_server.live.latest import Latest
from graphql_server.server import GraphQLServer

__all__ = ["ApiError", "Code", "Context", "Follow", "GraphQLServer", "Latest", "Limits"]
