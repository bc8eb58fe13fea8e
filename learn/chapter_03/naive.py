"""The handbook's serializer and view: every field, every method."""

from rest_framework import serializers
from rest_framework.viewsets import ModelViewSet

from learn.models import Order


class OrderSerializer(serializers.ModelSerializer):
    class Meta:
        model = Order
        fields = "__all__"


class OrderViewSet(ModelViewSet):
    queryset = Order.objects.all()
    serializer_class = OrderSerializer
