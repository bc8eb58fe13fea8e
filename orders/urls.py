"""The REST door's addresses, each with and without the slash at its end."""

from typing import Any

from django.urls import path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.routers import SimpleRouter

from orders.views import OrderViewSet

router = SimpleRouter()
router.trailing_slash = "/?"
router.register("orders", OrderViewSet, basename="order")

open_to_all: dict[str, Any] = {"authentication_classes": [], "permission_classes": []}

urlpatterns = [
    *router.urls,
    path("schema", SpectacularAPIView.as_view(**open_to_all)),
    path("schema/", SpectacularAPIView.as_view(**open_to_all), name="schema"),
    path("docs", SpectacularSwaggerSplitView.as_view(url_name="schema", **open_to_all)),
    path("docs/", SpectacularSwaggerSplitView.as_view(url_name="schema", **open_to_all), name="docs"),
]
