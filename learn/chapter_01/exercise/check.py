"""Imported orders have events, and a failed import leaves nothing."""

from unittest.mock import patch

from answer import import_orders
from django.test import TransactionTestCase

from learn.models import Event, Order


class ImportTest(TransactionTestCase):
    def test_each_order_has_an_event(self):
        """Each imported order has one event of type order.created.

        bulk_create sends no post_save. So the import itself has to write the rows from which the mails are sent.
        """
        orders = import_orders([10, 20, 30])
        events = Event.objects.values_list("type", "order_id")
        self.assertEqual(sorted(events), [("order.created", order.id) for order in orders])

    def test_failed_import_leaves_nothing(self):
        """If the events cannot be written, the orders are not there either.

        Orders and events belong together. Write them in one transaction: with transaction.atomic().
        """
        broken = patch.object(Event.objects, "bulk_create", side_effect=OSError)
        with (
            broken,
            patch.object(Event, "save", side_effect=OSError),
            self.assertRaises(OSError, msg="no event was written"),
        ):
            import_orders([10])
        self.assertEqual(Order.objects.count(), 0)
