"""The app's page at ``/``."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from graphql_api.graphiql import built_page


@require_safe
def app(request: HttpRequest) -> HttpResponse:
    """The live board of ``frontend_demo``."""
    return built_page(request, "index.html")
