"""What is switched off waits; what fails waits, too, and is counted."""

from answer import do_due
from django.test import TransactionTestCase

from learn.models import Delivery, Event


class SwitchTest(TransactionTestCase):
    def setUp(self):
        event = Event.objects.create(type="order.created", order_id=1)
        for name in ("mail", "audit"):
            Delivery.objects.create(event=event, receiver=name)
        self.calls = []
        self.receivers = {"mail": lambda event: self.calls.append("mail"), "audit": self.audit}
        self.is_broken = False

    def audit(self, event):
        if self.is_broken:
            raise KeyError("a bug of the new version")
        self.calls.append("audit")

    def test_off_waits_and_catches_up(self):
        """With the mail off, only the audit record is written; switched on again, the mail follows.

        Leave out the deliveries of receivers that are off. Do not mark them as done.
        """
        do_due(self.receivers, off=["mail"])
        self.assertEqual(self.calls, ["audit"])
        do_due(self.receivers)
        self.assertEqual(self.calls, ["audit", "mail"])

    def test_failure_is_counted_and_repeated(self):
        """A receiver with a bug stops no other. Its attempts are counted, and after the fix it is done.

        Catch the error around one call, and count it in attempts: that is the number that an alert watches.
        """
        self.is_broken = True
        do_due(self.receivers)
        self.assertEqual(list(Delivery.objects.filter(done=False).values_list("receiver", "attempts")), [("audit", 1)])
        self.is_broken = False
        do_due(self.receivers)
        self.assertEqual(self.calls, ["mail", "audit"])
