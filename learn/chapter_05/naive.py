"""A receiver with the rules in it: it looks at the order and does the work itself."""

from django.db.models.signals import post_save
from django.dispatch import receiver

from learn.models import AuditLog, Order
from learn.world import send_mail


@receiver(post_save, sender=Order)
def order_saved(sender, instance, created, **kwargs):
    if created:
        AuditLog.objects.create(action="ORDER_CREATED", object_id=instance.id)
    elif instance.status == "PAID":
        AuditLog.objects.create(action="ORDER_PAID", object_id=instance.id)
        send_mail(instance.id, "paid")


def pay_order(order):
    order.status = "PAID"
    order.save()
