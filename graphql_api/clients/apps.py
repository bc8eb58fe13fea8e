"""The documents that clients publish, and the parts of the schema that they use."""

from django.apps import AppConfig


class ClientsConfig(AppConfig):
    """Has the tables of documents and of uses."""

    name = "graphql_api.clients"
    label = "clients"
