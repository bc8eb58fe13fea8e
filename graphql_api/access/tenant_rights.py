"""The present rights of connected callers, for the GraphQL server."""

from collections.abc import Collection
from typing import Any

from graphql_server.connections import healthy_connections
from graphql_server.ports.callers import Ended, Rights
from tenants import rights
from tenants.context import Caller
from tenants.rights import Credentials, Grant


class TenantRights:
    """The GraphQL server's port :class:`~graphql_server.ports.callers.RightsOf`: tokens, memberships and sessions."""

    def credentials_of(self, caller: Caller) -> Credentials | None:
        """The caller's credentials; None for the open demo and for callers without credentials."""
        return rights.credentials_of(caller)

    def current(self, known: Collection[Any]) -> dict[Any, Rights | Ended]:
        """The rights of each now. Blocks: one statement for all."""
        with healthy_connections():
            found = rights.current(known)
        return {
            credentials: Rights(now.scopes, now.expires_at) if isinstance(now, Grant) else Ended(now.value)
            for credentials, now in found.items()
        }
