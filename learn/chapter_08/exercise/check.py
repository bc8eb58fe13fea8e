"""The job is done once, and a failed one is done later."""

from unittest.mock import patch

import answer
from django.test import TransactionTestCase

from learn import world
from learn.models import Delivery, Event


class ProcessTest(TransactionTestCase):
    def setUp(self):
        world.here.clear("jobs")
        event = Event.objects.create(type="order.created", order_id=7)
        self.delivery = Delivery.objects.create(event=event, receiver="processing")

    def test_second_message_does_nothing(self):
        """A message that comes twice does the job once.

        A broker delivers again when a worker was slow. Claim by one UPDATE with done=False in its
        filter; it returns 0 to the second one.
        """
        for _ in range(2):
            answer.process(self.delivery.pk)
        self.assertEqual(world.here.read("jobs"), [7])

    def test_failed_job_can_be_repeated(self):
        """If the job fails, the delivery is not done, and a repeat does it.

        Claim and job in one transaction: the error takes the claim back.
        """
        broken = patch.multiple("learn.world", do_job=lambda order_id: 1 / 0)
        with broken, patch.dict(vars(answer), {"do_job": lambda order_id: 1 / 0}), self.assertRaises(ZeroDivisionError):
            answer.process(self.delivery.pk)
        self.assertFalse(Delivery.objects.get().done)
        answer.process(self.delivery.pk)
        self.assertEqual(world.here.read("jobs"), [7])
