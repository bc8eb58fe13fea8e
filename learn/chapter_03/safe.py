"""A view that reads the request, calls one service, and writes the answer."""

from django.db import models, transaction
from rest_framework import serializers, status
from rest_framework.response import Response
from rest_framework.views import APIView

from learn.models import Order


class IdempotencyKey(models.Model):
    key = models.CharField(max_length=100, unique=True)
    order = models.ForeignKey(Order, on_delete=models.CASCADE)


class OrderSerializer(serializers.ModelSerializer):
    class Meta:
        model = Order
        fields = ("id", "total", "status")
        read_only_fields = ("status",)


def create_order(*, total, key=None):
    """Create an order; under the same key, return the first one."""
    with transaction.atomic():
        earlier = IdempotencyKey.objects.filter(key=key).first()
        if key and earlier:
            return earlier.order
        order = Order.objects.create(total=total, status="NEW")
        if key:
            IdempotencyKey.objects.create(key=key, order=order)
    return order


class OrderView(APIView):
    def post(self, request):
        given = OrderSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        order = create_order(total=given.validated_data["total"], key=request.headers.get("Idempotency-Key"))
        return Response(OrderSerializer(order).data, status=status.HTTP_201_CREATED)
