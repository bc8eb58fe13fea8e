"""The GraphQL view without the other addresses, whose names the middleware needs."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from graphql_api.server import server


def elsewhere(request: HttpRequest) -> HttpResponse:
    """All other addresses."""
    return HttpResponse(status=404)


admin = [path("", elsewhere, name="index")], "admin"
urlpatterns = [path("graphql/", server.view), path("admin/", include(admin)), path("docs/", elsewhere, name="docs")]
