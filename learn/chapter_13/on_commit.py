"""Receivers of ``post_save`` ask for callbacks, which do the work after the commit."""

from functools import partial

from django.db import transaction
from django.db.models.signals import post_save
from django.dispatch import receiver

from learn.models import AuditLog, Order
from learn.world import do_job, receive_messages, send_mail, send_message

Orders = Order


@receiver(post_save, sender=Order)
def order_saved(sender, instance, created, **kwargs):
    if created:
        after_commit(AuditLog.objects.create, action="ORDER_CREATED", object_id=instance.id)
        after_commit(send_mail, instance.id, "created")
        after_commit(send_message, "job", instance.id)
    elif instance.status == "PAID":
        after_commit(AuditLog.objects.create, action="ORDER_PAID", object_id=instance.id)
        after_commit(send_mail, instance.id, "paid")


def after_commit(work, *args, **kwargs):
    transaction.on_commit(partial(work, *args, **kwargs))


def pay_order(order):
    order.status = "PAID"
    order.save()


def recover():
    receive_messages({"job": do_job})
