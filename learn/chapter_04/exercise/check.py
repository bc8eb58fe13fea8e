"""A receiver stays connected, and is connected once."""

import gc

from answer import connect
from django.db.models.signals import post_save
from django.test import TransactionTestCase

from learn.models import Order


class ConnectTest(TransactionTestCase):
    def setUp(self):
        self.calls = []
        self.addCleanup(post_save.sender_receivers_cache.clear)
        self.addCleanup(post_save.receivers.clear)

    def test_receiver_stays(self):
        """The receiver is still called after connect() has returned.

        Django holds a receiver weakly. A function that was made inside another one is gone at its end: weak=False.
        """
        connect(self.calls)
        gc.collect()
        order = Order.objects.create(total=1)
        self.assertEqual(self.calls, [order.id])

    def test_receiver_is_connected_once(self):
        """Connected twice, the receiver is called once.

        The second call makes a second function, which Django does not know. A dispatch_uid is its name.
        """
        kept = [connect(self.calls), connect(self.calls)]
        order = Order.objects.create(total=1)
        self.assertEqual((self.calls, len(kept)), ([order.id], 2))
