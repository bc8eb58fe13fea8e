"""The library's fixtures, for tests of the transports."""

from graphql_server.tests.conftest import context, executor, http

__all__ = ["context", "executor", "http"]
