"""The GraphQL view without its neighbours, whose addresses the middleware still asks for."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from graphql_api.server import server


def elsewhere(request: HttpRequest) -> HttpResponse:
    """Whatever else there is."""
    return HttpResponse(status=404)


admin = [path("", elsewhere, name="index")], "admin"
urlpatterns = [path("graphql/", server.view), path("admin/", include(admin)), path("docs/", elsewhere, name="docs")]
