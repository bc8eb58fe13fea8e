"""The addresses of the REST API, each with and without the slash at its end."""

from typing import Any

from django.urls import path, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.routers import SimpleRouter

from orders.rest.contract_views import asyncapi, event_schema, events_page
from orders.rest.event_feed import EventFeed
from orders.rest.order_table import OrderTableView
from orders.views import OrderViewSet

router = SimpleRouter()
router.trailing_slash = "/?"
router.register("orders", OrderViewSet, basename="order")

open_to_all: dict[str, Any] = {"authentication_classes": [], "permission_classes": []}
docs_page = SpectacularSwaggerSplitView.as_view(url_name="schema", template_name="orders/rest/docs.html", **open_to_all)

urlpatterns = [
    *router.urls,
    path("orders.csv", OrderTableView.as_view(), name="order-table"),
    re_path(r"^events/?$", EventFeed.as_view(), name="event-feed"),
    re_path(r"^events/docs/?$", events_page, name="events-page"),
    path("events/asyncapi.json", asyncapi, name="asyncapi"),
    path("events/schemas/<str:event_type>/<int:version>.json", event_schema, name="event-schema"),
    path("schema", SpectacularAPIView.as_view(**open_to_all)),
    path("schema/", SpectacularAPIView.as_view(**open_to_all), name="schema"),
    path("docs", docs_page),
    path("docs/", docs_page, name="docs"),
]
