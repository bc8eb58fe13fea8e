"""Three anti-patterns: a receiver changes its own model, receivers hold rules, and updates go past them."""

from decimal import Decimal

from django.db.models.signals import post_save
from django.dispatch import receiver

from learn.models import Order
from learn.world import send_mail


@receiver(post_save, sender=Order)
def give_discount(sender, instance, **kwargs):
    if instance.total >= 50:
        instance.total *= Decimal("0.9")
        instance.save()


@receiver(post_save, sender=Order)
def notify_order_paid(sender, instance, **kwargs):
    if instance.status == "PAID":
        send_mail(instance.id, "paid")


Orders = Order


def place_order(total=100):
    return Order.objects.create(total=total, status="NEW")


def pay_all():
    Order.objects.filter(status="NEW").update(status="PAID")
