"""Chapter 8. A task whose message may come twice."""

from django.db import transaction

from learn import world
from learn.models import Delivery


def process(delivery_id):
    """Do the job of the delivery's order, once."""
    with transaction.atomic():
        claimed = Delivery.objects.filter(pk=delivery_id, done=False).update(done=True)
        if claimed:
            world.do_job(Delivery.objects.get(pk=delivery_id).event.order_id)
