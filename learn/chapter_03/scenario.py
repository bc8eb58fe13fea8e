"""The API layer."""

from rest_framework.test import APIRequestFactory

from learn import counting
from learn.faults import Fault, request
from learn.models import Order
from learn.world import here

DESIGNS = ("naive", "safe")


def post(design, data, key=""):
    """Send a POST to the design's view."""
    if hasattr(design, "OrderViewSet"):
        view = design.OrderViewSet.as_view({"post": "create"})
    else:
        view = design.OrderView.as_view()
    asked = APIRequestFactory().post("/api/orders/", data, format="json", headers={"Idempotency-Key": key})
    request(lambda: view(asked).render())


def repeated(design):
    """The answer is lost on its way, so the client sends its request again."""
    here.write("meant", 1)
    for _ in range(2):
        post(design, {"total": "100.00", "status": "NEW"}, key="basket-7")


def shipped(design):
    """A client says that its new order is shipped."""
    here.write("meant", 1)
    post(design, {"total": "100.00", "status": "SHIPPED"}, key="basket-8")


FAULTS = (
    Fault("repeat", "The answer is lost; the client sends its request again.", repeated),
    Fault("status", "A client sends status SHIPPED with a new order.", shipped),
)


def count():
    """Orders that no client meant, and orders that are shipped and were never paid."""
    orders = Order.objects.count()
    return {
        "orders": orders,
        "refused": counting.answers()["refused"],
        "doubled": orders - len(here.read("meant")),
        "unpaid": Order.objects.filter(status="SHIPPED").count(),
    }
