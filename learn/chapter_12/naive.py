"""Each save sends the order's id. The worker looks later at what the order is by then."""

from django.db import transaction
from django.db.models.signals import post_save
from django.dispatch import receiver

from learn.models import Order
from learn.world import do_job, here, receive_messages, send_mail, send_message


@receiver(post_save, sender=Order)
def order_saved(sender, instance, **kwargs):
    transaction.on_commit(lambda: send_message("mail", instance.id))


def mail_customer(order_id):
    order = Order.objects.get(pk=order_id)
    send_mail(order_id, {"NEW": "created"}.get(order.status, order.status.lower()))


def change(order, status):
    order.status = status
    order.save()


def start_loyalty_points(sender, instance, created, **kwargs):
    if created:
        do_job(instance.id)


if here.read("loyalty points are deployed"):
    post_save.connect(start_loyalty_points, sender=Order, dispatch_uid="points")


def recover():
    receive_messages({"mail": mail_customer})
