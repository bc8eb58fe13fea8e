"""A client sets the total and not the status."""

from answer import OrderSerializer
from django.test import TransactionTestCase

from learn.models import Order


class SerializerTest(TransactionTestCase):
    def test_status_is_not_the_clients(self):
        """A new order is NEW, whatever the client sends as its status.

        List the fields by name, and put the status into read_only_fields.
        """
        given = OrderSerializer(data={"total": "10.00", "status": "SHIPPED"})
        self.assertTrue(given.is_valid(), given.errors)
        given.save()
        self.assertEqual(Order.objects.get().status, "NEW")

    def test_negative_total_is_refused(self):
        """A total of -1 is refused, with an error at the field total.

        extra_kwargs takes min_value for a field of the model.
        """
        given = OrderSerializer(data={"total": "-1.00", "status": "NEW"})
        self.assertFalse(given.is_valid(), "a total of -1 was accepted")
        self.assertEqual(list(given.errors), ["total"])
