"""The app's page: the same page at every address of the app, which shows what the address names."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from graphql_api.graphiql import built_page


@require_safe
def app(request: HttpRequest) -> HttpResponse:
    """The app of ``frontend_demo``; its addresses are in ``frontend_demo/src/app/views.ts`` too."""
    return built_page(request, "index.html")
