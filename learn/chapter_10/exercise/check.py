"""Changes past the services are refused and change nothing."""

from answer import Orders, UseTheService
from django.test import TransactionTestCase

from learn.models import Order


class GuardTest(TransactionTestCase):
    def setUp(self):
        self.order = Order.objects.create(total=10, status="NEW")

    def refused(self, change):
        with self.assertRaises(UseTheService, msg="the change was not refused"):
            change()
        self.assertEqual(list(Order.objects.values_list("status", flat=True)), ["NEW"])

    def test_update_is_refused(self):
        """QuerySet.update is refused, and the order stays NEW.

        update sends no signal and calls no save(). Override it in the query set.
        """
        self.refused(lambda: Orders.objects.filter(pk=self.order.pk).update(status="PAID"))

    def test_bulk_update_is_refused(self):
        """bulk_update is refused, too.

        Do not lean on how Django writes it today; refuse it by its own name.
        """
        orders = list(Orders.objects.all())
        orders[0].status = "PAID"
        self.refused(lambda: Orders.objects.bulk_update(orders, ["status"]))

    def test_delete_is_refused(self):
        """delete is refused, too.

        An order that is gone would leave audit records about nothing, and the deletion would have no event.
        """
        self.refused(lambda: Orders.objects.all().delete())

    def test_reading_works(self):
        """Reading still works: filter, count and get."""
        self.assertEqual(Orders.objects.filter(status="NEW").count(), 1)
