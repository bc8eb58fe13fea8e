"""Receivers of ``post_save`` do the work inside the transaction."""

from django.db.models.signals import post_save
from django.dispatch import receiver

from learn.models import AuditLog, Order
from learn.world import do_job, receive_messages, send_mail, send_message

Orders = Order


@receiver(post_save, sender=Order)
def order_saved(sender, instance, created, **kwargs):
    if created:
        AuditLog.objects.create(action="ORDER_CREATED", object_id=instance.id)
        send_mail(instance.id, "created")
        send_message("job", instance.id)
    elif instance.status == "PAID":
        AuditLog.objects.create(action="ORDER_PAID", object_id=instance.id)
        send_mail(instance.id, "paid")


def pay_order(order):
    order.status = "PAID"
    order.save()


def recover():
    receive_messages({"job": do_job})
