"""One mail for each committed order, and none for another."""

from contextlib import suppress
from unittest.mock import patch

from answer import place_order, relay
from django.db import transaction
from django.test import TransactionTestCase

from learn.faults import RolledBack
from learn.world import here


class MailTest(TransactionTestCase):
    def setUp(self):
        here.clear("mails")
        here.mail_is_down = False

    def mails(self):
        relay()
        return [mail["order"] for mail in here.read("mails")]

    def test_order_has_one_mail(self):
        """A committed order has one mail, although the relay runs afterwards, too."""
        order = place_order()
        self.assertEqual(self.mails(), [order.id], "the orders that have a mail")

    def test_rolled_back_order_has_none(self):
        """An order that is rolled back has no mail."""
        with suppress(RolledBack), transaction.atomic():
            place_order()
            raise RolledBack
        self.assertEqual(self.mails(), [])

    def test_lost_callback_loses_no_mail(self):
        """If the process dies before the callback, the relay sends the mail.

        The callback was in the dead process's memory. A row is not: write an Event beside the order, in one
        transaction.
        """
        with patch.object(transaction, "on_commit"):
            order = place_order()
        self.assertEqual(self.mails(), [order.id], "the orders that have a mail")

    def test_dead_mail_server_breaks_no_request(self):
        """With the mail server down, the order is placed without an error, and its mail comes later.

        An error in a callback reaches the client, after the COMMIT. Catch MailServerDown, and keep the row.
        """
        here.mail_is_down = True
        order = place_order()
        here.mail_is_down = False
        self.assertEqual(self.mails(), [order.id], "the orders that have a mail")
