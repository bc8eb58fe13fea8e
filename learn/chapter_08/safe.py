"""The message says which row to look at. The row says whether there is something to do."""

from celery import shared_task
from django.db import transaction

from learn.chapter_08 import worker
from learn.models import Delivery, Event, Order
from learn.world import do_job


def place_order(total=100):
    with transaction.atomic():
        order = Order.objects.create(total=total, status="NEW")
        event = Event.objects.create(type="order.created", order_id=order.id)
        Delivery.objects.create(event=event, receiver="processing")
        transaction.on_commit(send_what_is_due)
    return order


def send_what_is_due():
    """Send a message for each delivery that is not done. Another process calls this every few seconds, too."""
    for delivery in Delivery.objects.filter(done=False):
        process_order_async.delay(delivery.id)


@shared_task
def process_order_async(delivery_id):
    with transaction.atomic():
        claimed = Delivery.objects.filter(pk=delivery_id, done=False).update(done=True)
        if claimed:
            do_job(Delivery.objects.get(pk=delivery_id).event.order_id)


def recover():
    send_what_is_due()
    worker.work()
