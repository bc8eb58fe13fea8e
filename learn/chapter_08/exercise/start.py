"""Chapter 8. A task whose message may come twice."""

from learn.models import Delivery
from learn.world import do_job


def process(delivery_id):
    """Do the job of the delivery's order, once."""
    do_job(Delivery.objects.get(pk=delivery_id).event.order_id)
