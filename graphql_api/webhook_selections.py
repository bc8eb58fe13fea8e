"""Makes the bodies of webhooks by the documents of subscriptions: what :mod:`webhooks.shapes` requires."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from graphql_api.server import server
from graphql_server.execution.executor import Operation
from graphql_server.live.selection import Selection, SelectionRefused
from tenants.context import Caller
from webhooks.shapes import InvalidShape

SCOPES: Final = frozenset({"orders:read"})
"""The scopes of an endpoint: those of a client that may read orders."""


def selection_for(tenant_id: UUID, document: str, variables: Mapping[str, Any]) -> Selection:
    """The selection of a tenant's document.

    Raises:
        InvalidShape: the API refuses it.
    """
    caller = Caller(tenant_id=tenant_id, actor="webhook", scopes=SCOPES)
    try:
        return server.selection(Operation(document, {**variables}), caller)
    except SelectionRefused as refused:
        raise InvalidShape(refused.messages) from None
