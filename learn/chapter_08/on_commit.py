"""The task is sent after the commit."""

from celery import shared_task
from django.db.models.signals import post_save
from django.dispatch import receiver

from learn.models import Order
from learn.world import do_job


@shared_task
def process_order_async(order_id):
    order = Order.objects.get(id=order_id)
    do_job(order.id)


@receiver(post_save, sender=Order)
def trigger_async_processing(sender, instance, created, **kwargs):
    if created:
        process_order_async.delay_on_commit(instance.id)
