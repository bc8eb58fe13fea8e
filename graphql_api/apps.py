"""The GraphQL door."""

from django.apps import AppConfig


class GraphqlApiConfig(AppConfig):
    """No rule of the business in here."""

    name = "graphql_api"

    def ready(self) -> None:
        """Let every transport run against the schema, which needs all models."""
        from graphql_api.schema import schema
        from graphql_server.executor import bind

        bind(schema)
