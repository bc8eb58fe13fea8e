"""Receivers fail alone, and are done once."""

from answer import deliver
from django.test import TransactionTestCase

from learn.models import Event


class DeliverTest(TransactionTestCase):
    def setUp(self):
        self.event = Event.objects.create(type="order.created", order_id=1)
        self.calls = []
        self.mail_is_down = True

    def mail(self, event):
        self.calls.append("mail")
        if self.mail_is_down:
            raise ConnectionError

    def audit(self, event):
        self.calls.append("audit")

    def test_failure_stops_no_other(self):
        """The mail fails, the audit record is written, and the name of the failed receiver is returned.

        Put try and except around each call, not around the loop.
        """
        failed = deliver(self.event, {"mail": self.mail, "audit": self.audit})
        self.assertEqual((failed, self.calls), (["mail"], ["mail", "audit"]))

    def test_second_time_only_the_failed_one_is_called(self):
        """The next call repeats the mail, and not the audit record.

        Keep a Delivery for each event and receiver, and mark what is done.
        """
        receivers = {"mail": self.mail, "audit": self.audit}
        deliver(self.event, receivers)
        self.mail_is_down = False
        self.assertEqual(deliver(self.event, receivers), [])
        self.assertEqual(self.calls, ["mail", "audit", "mail"])
