"""The page's switch of the demo's traffic: in ``./dev up`` alone, nothing of it is there in production."""

from typing import Final

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_http_methods

from orders.demo.traffic import GentleTraffic


class Switch:
    """Has the traffic that can be switched, if there is any: none with ``--quiet``."""

    traffic: GentleTraffic | None = None


SWITCH: Final = Switch()


@require_http_methods(["GET", "HEAD", "POST"])
def switch(request: HttpRequest) -> HttpResponse:
    """Whether the traffic is on, null if there is none; a POST with ``on=1`` or ``on=0`` switches it.

    Django's middleware refuses a POST without its CSRF token.

    Raises:
        Http404: this is not the open demo of the embedded default, or a POST finds no traffic.
    """
    traffic = SWITCH.traffic
    if not (settings.EMBEDDED and settings.ORDERS_DEMO) or (request.method == "POST" and traffic is None):
        raise Http404
    if request.method == "POST" and traffic:
        traffic.is_on = request.POST.get("on") == "1"
    return JsonResponse({"isOn": traffic and traffic.is_on}, headers={"Cache-Control": "no-store"})
