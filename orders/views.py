"""The REST API: list, retrieve and create orders, and change their status. It has no business rules."""

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import GenericViewSet

from orders import selectors, services
from orders.errors import OrderNotFound, StaleVersion
from orders.models import IdempotencyRecord, Order
from orders.rest import api_schema
from orders.rest.access import PreconditionFailed
from orders.rest.paginator import KeysetPages
from orders.rest.query_parameters import ORDER_BOUNDS, ORDER_FILTERS, check_parameters, order_filters, wrong
from orders.rest.request_bodies import (
    CancelSerializer,
    Input,
    MoveSerializer,
    NewOrderSerializer,
    RefundInputSerializer,
    ShipSerializer,
    UpdateSerializer,
)
from orders.selectors import load_lines, load_refunds, orders_matching
from orders.serializers import OrderSerializer
from orders.writing.refunds import refund_order
from orders.writing.updates import update_order
from tenants.db.replica.reading import read

ENTITY_TAG = re.compile(r'"([0-9]{1,9})"')
Service = Callable[..., Order]


def order_id(text: str) -> UUID:
    """The id in an address.

    Raises:
        OrderNotFound: it has not the form of one, so there is no such order.
    """
    try:
        return UUID(text)
    except ValueError:
        raise OrderNotFound from None


def if_match(request: Request) -> int | None:
    """The version that the client's ``If-Match`` names; ``*`` is any.

    Raises:
        ValidationError: it is not one strong entity tag in our form.
    """
    text = request.headers.get("If-Match", "*").strip()
    if text == "*":
        return None
    if found := ENTITY_TAG.fullmatch(text):
        return int(found[1])
    raise wrong("If-Match", 'Must be the ETag of the order, such as "3".')


class OrderViewSet(GenericViewSet[Order]):
    """Orders of the caller's tenant."""

    serializer_class = OrderSerializer
    pagination_class = KeysetPages
    lookup_field = "id"
    lookup_value_regex = "[^/]+"
    http_method_names = ["get", "head", "post", "patch", "options"]

    def get_queryset(self) -> QuerySet[Order]:
        """The tenant's orders."""
        return orders_matching()

    def initialize_request(self, request: Any, *args: Any, **kwargs: Any) -> Request:
        """Set the length of a body that came in chunks, which DRF would treat as empty."""
        if not request.META.get("CONTENT_LENGTH"):
            request.META["CONTENT_LENGTH"] = str(len(request.body))
        return super().initialize_request(request, *args, **kwargs)

    @extend_schema(**api_schema.LIST)
    def list(self, request: Request) -> Response:
        """A page of orders, newest first."""
        check_parameters(request, lists=ORDER_FILTERS, single=(*ORDER_BOUNDS, "limit", "cursor"))
        condition = order_filters(request)

        def page() -> Response:
            orders = self.paginate_queryset(self.get_queryset().filter(condition)) or []
            load_lines(orders)
            load_refunds(orders)
            return self.get_paginated_response(self.get_serializer(orders, many=True).data)

        return read(page)

    @extend_schema(**api_schema.RETRIEVE)
    def retrieve(self, request: Request, id: str) -> Response:  # the name in the address
        """One order."""
        return read(lambda: self.answer(selectors.existing(order_id(id))))

    @extend_schema(**api_schema.CREATE)
    def create(self, request: Request) -> Response:
        """Create an order."""
        given = NewOrderSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        replayed = self.is_replay(request)
        order = services.create_order(given.new_order(), idempotency_key=request.headers.get("Idempotency-Key"))
        response = self.answer(order, status=201, replayed=replayed)
        response["Location"] = reverse("order-detail", args=[order.id], request=request)
        return response

    @extend_schema(**api_schema.UPDATE)
    def partial_update(self, request: Request, id: str) -> Response:
        """Change what is known about an order."""
        return self.move(request, id, update_order, UpdateSerializer)

    @extend_schema(**api_schema.REFUND)
    @action(methods=["post"], detail=True)
    def refund(self, request: Request, id: str) -> Response:
        """Refund an order, fully or in part."""
        return self.move(request, id, refund_order, RefundInputSerializer)

    @extend_schema(**api_schema.PAY)
    @action(methods=["post"], detail=True)
    def pay(self, request: Request, id: str) -> Response:
        """Mark an order as paid."""
        return self.move(request, id, services.pay_order, MoveSerializer)

    @extend_schema(**api_schema.SHIP)
    @action(methods=["post"], detail=True)
    def ship(self, request: Request, id: str) -> Response:
        """Mark an order as shipped."""
        return self.move(request, id, services.ship_order, ShipSerializer)

    @extend_schema(**api_schema.DELIVER)
    @action(methods=["post"], detail=True)
    def deliver(self, request: Request, id: str) -> Response:
        """Mark an order as delivered."""
        return self.move(request, id, services.deliver_order, MoveSerializer)

    @extend_schema(**api_schema.CANCEL)
    @action(methods=["post"], detail=True)
    def cancel(self, request: Request, id: str) -> Response:
        """Cancel an order."""
        return self.move(request, id, services.cancel_order, CancelSerializer)

    def move(self, request: Request, text: str, service: Service, shape: type[Input]) -> Response:
        """Change an order by a service."""
        given = shape(data=request.data)
        given.is_valid(raise_exception=True)
        matched, details = if_match(request), dict(given.validated_data)
        expected = details.pop("expected_version", None)
        if None not in {matched, expected} and matched != expected:
            raise wrong("expected_version", "Must be the same as If-Match.")
        replayed = self.is_replay(request)
        key = request.headers.get("Idempotency-Key")
        version = expected if matched is None else matched
        try:
            order = service(order_id(text), expected_version=version, idempotency_key=key, **details)
        except StaleVersion as error:
            if matched is None:
                raise
            raise PreconditionFailed(error.current_version) from error
        return self.answer(order, replayed=replayed)

    def is_replay(self, request: Request) -> bool:
        """Whether the request's idempotency key is known: then a success is a repeat."""
        key = request.headers.get("Idempotency-Key")
        if key is None:
            return False
        return IdempotencyRecord.objects.filter(key=key, expires_at__gte=timezone.now()).exists()  # type: ignore[no-any-return]  # the tenant manager is untyped

    def answer(self, order: Order, *, status: int = 200, replayed: bool = False) -> Response:
        """The order, its version as ETag, and whether an earlier call did the work."""
        serializer: BaseSerializer[Order] = self.get_serializer(order)
        headers = {"ETag": f'"{order.version}"', "Cache-Control": "no-store"}
        if replayed:
            headers["Idempotent-Replayed"] = "true"
        return Response(serializer.data, status=status, headers=headers)
