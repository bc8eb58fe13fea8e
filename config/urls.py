"""Every address."""

from django.contrib import admin
from django.urls import include, path

from config import health, pages
from graphql_api.views import graphql

urlpatterns = [
    path("", pages.app),
    path("graphql/", graphql),
    path("graphql", graphql),
    path("api/", include("orders.urls")),
    path("admin/", admin.site.urls),
    path("livez", health.livez),
    path("readyz", health.readyz),
    path("metrics", health.metrics),
]

handler400 = "config.refusals.bad_request"
handler403 = "config.refusals.forbidden"
handler404 = "config.refusals.not_found"
handler500 = "config.refusals.server_error"
