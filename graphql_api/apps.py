"""The GraphQL API."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.apps import AppConfig


class GraphqlApiConfig(AppConfig):
    """The schema and its server have no models; they are imported where they are served or shape a webhook."""

    name = "graphql_api"

    def ready(self) -> None:
        from webhooks import shapes

        def make(tenant_id: UUID, document: str, variables: Mapping[str, Any]) -> shapes.Selection:
            """Import the API, which takes a second, when the first webhook needs it."""
            from graphql_api.webhook_selections import selection_for

            return selection_for(tenant_id, document, variables)

        shapes.made_by.append(make)
