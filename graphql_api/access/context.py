"""The context of this schema's resolvers."""

from graphql_server import context
from tenants.context import Caller

Context = context.Context[Caller]
