"""The GraphQL API."""

from django.apps import AppConfig


class GraphqlApiConfig(AppConfig):
    """The schema and its server have no models; they are imported where they are served."""

    name = "graphql_api"
