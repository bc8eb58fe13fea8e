"""The GraphQL door."""

from django.apps import AppConfig


class GraphqlApiConfig(AppConfig):
    """No rule of the business in here."""

    name = "graphql_api"

    def ready(self) -> None:
        """Let every transport run against the schema, which needs all models."""
        from graphql_api.server import executor
        from graphql_server import caches
        from graphql_server.executor import bind
        from tenants.memory import let_go

        bind(executor)
        caches.freed_bytes.listener = let_go.note
