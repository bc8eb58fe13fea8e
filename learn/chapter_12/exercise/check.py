"""A reader handles each event once, in order, and goes on where it stopped."""

from answer import read_on
from django.test import TransactionTestCase

from learn.models import Event


class ReadTest(TransactionTestCase):
    def setUp(self):
        self.ids = [
            Event.objects.create(type=f"order.{what}", order_id=1).id for what in ("created", "paid", "shipped")
        ]
        self.seen = []

    def handle(self, event):
        self.seen.append(event.type)

    def test_new_reader_gets_everything(self):
        """From position 0, a reader gets all events in order, and the position of the last one.

        The position is what the next call begins with: return the id of the last event that was handled.
        """
        self.assertEqual(read_on(0, self.handle), self.ids[-1])
        self.assertEqual(self.seen, ["order.created", "order.paid", "order.shipped"])

    def test_reader_goes_on(self):
        """After the first event, a reader gets the second and the third.

        Filter by id__gt, order by id, and return the last id.
        """
        self.assertEqual(read_on(self.ids[0], self.handle), self.ids[-1])
        self.assertEqual(self.seen, ["order.paid", "order.shipped"])

    def test_failure_stops_before_its_event(self):
        """If the second event fails, the position stays at the first.

        A reader that went on would lose that event, or change the order.
        """

        def fails_at_paid(event):
            if event.type == "order.paid":
                raise ConnectionError
            self.handle(event)

        self.assertEqual(read_on(0, fails_at_paid), self.ids[0])
        self.assertEqual(self.seen, ["order.created"])
