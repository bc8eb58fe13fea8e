"""What clients publish, and what they use of the schema."""

from django.apps import AppConfig


class ClientsConfig(AppConfig):
    """Has the tables of documents and of uses."""

    name = "graphql_api.clients"
    label = "clients"
