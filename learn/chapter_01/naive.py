"""A mail for each new order, sent by a receiver of ``post_save``."""

from django.db.models.signals import post_save
from django.dispatch import receiver

from learn.models import Order
from learn.world import send_mail


@receiver(post_save, sender=Order)
def notify_order_created(sender, instance, created, **kwargs):
    if created:
        send_mail(instance.id, "created")


def place_orders(totals):
    Order.objects.bulk_create(Order(total=total, status="NEW") for total in totals)
