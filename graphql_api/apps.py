"""The GraphQL door."""

from django.apps import AppConfig


class GraphqlApiConfig(AppConfig):
    """No rule of the business in here."""

    name = "graphql_api"
