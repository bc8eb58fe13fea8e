"""Chapter 3. Take from the client only what a client may say."""

from rest_framework import serializers

from learn.models import Order


class OrderSerializer(serializers.ModelSerializer):
    class Meta:
        model = Order
        fields = "__all__"
