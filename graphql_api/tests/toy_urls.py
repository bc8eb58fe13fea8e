"""The GraphQL view alone, for tests of the HTTP door."""

from django.urls import path

from graphql_api.views import graphql

urlpatterns = [path("graphql/", graphql)]
