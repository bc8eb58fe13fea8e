"""The total follows the lines, and a refused change changes nothing."""

from unittest.mock import patch

from answer import set_quantity
from django.db import IntegrityError
from django.db.models import QuerySet
from django.test import TransactionTestCase

from learn.chapter_02.safe import Line, place_order
from learn.models import Order


class QuantityTest(TransactionTestCase):
    def setUp(self):
        self.order = place_order([(2, 10), (1, 5)])
        self.line = Line.objects.filter(order=self.order).order_by("id").first()

    def total(self):
        return Order.objects.get(pk=self.order.pk).total

    def test_total_follows(self):
        """After the change, the total is 3 x 10 + 1 x 5.

        No signal repairs the total here. The service that changes a line writes the total, too.
        """
        set_quantity(self.line, 3)
        self.assertEqual(self.total(), 35)

    def test_refused_change_changes_nothing(self):
        """A quantity of 0 is refused by the constraint, and the total stays.

        Write line and total in one transaction, and the database takes both back.
        """
        with self.assertRaises(IntegrityError):
            set_quantity(self.line, 0)
        self.assertEqual((self.total(), Line.objects.get(pk=self.line.pk).quantity), (25, 2))

    def test_line_and_total_change_together(self):
        """If the total cannot be written, the quantity stays as it was.

        Two facts that must agree are written in one transaction: with transaction.atomic().
        """
        with (
            patch.object(Order, "save", side_effect=OSError),
            patch.object(QuerySet, "update", side_effect=OSError),
            self.assertRaises(OSError, msg="no total was written"),
        ):
            set_quantity(self.line, 3)
        self.assertEqual((self.total(), Line.objects.get(pk=self.line.pk).quantity), (25, 2))
