"""Receivers as they should not be: for each, the rule that it breaks and what the finding says."""

from tests.architecture.rules import Rule

HEAD = """
from uuid import UUID
from audit.models import AuditLog
from audit.services import write_audit_log
from events.receivers import Kind, delivery_id, receives
from orders import services
from orders.models import Order
from orders.tasks import notify_customer_async, process_order_async

@receives("order.created", name="bad")
def react(event):
"""

HANDBOOK_NAIVE = """
from django.db.models.signals import post_save
from django.dispatch import receiver
from orders.models import Order
from audit.services import write_audit_log

@receiver(post_save, sender=Order)
def order_audit_log(sender, instance, created, **kwargs):
    if not created:
        return
    write_audit_log(action="ORDER_CREATED", object_id=instance.id, metadata={"total": str(instance.total)})
"""

BY_HAND = """
from django.db import transaction
from audit.services import write_audit_log
from events.receivers import receives

def later(event):
    transaction.on_commit(lambda: write_audit_log(action="X", object_id=event.order_id))

@receives("order.created", name="by_hand")
def react(event):
    later(event)
"""

# What follows HEAD, the rule, and the beginning of the finding.
BODIES: dict[str, tuple[str, Rule, str]] = {
    "save": ("order = event.order\n    order.save()", Rule.WRITES_ORDERS, "calls order.save"),
    "async save": ("order = event.order\n    order.asave()", Rule.WRITES_ORDERS, "calls order.asave"),
    "delete": ("event.order.delete()", Rule.WRITES_ORDERS, "calls event.order.delete"),
    "update": (
        "Order.objects.filter(id=event.order_id).update(status='PAID')",
        Rule.WRITES_ORDERS,
        "calls Order.objects.filter(id=event.order_id).update",
    ),
    "another order": ("Order.objects.create(total=1)", Rule.WRITES_ORDERS, "calls Order.objects.create"),
    "service that changes": ("services.pay_order(event.order_id)", Rule.WRITES_ORDERS, "calls services.pay_order"),
    "attribute": ("event.order.status = 'PAID'", Rule.WRITES_ORDERS, "sets event.order.status"),
    "attribute by name": ("setattr(event.order, 'status', 'PAID')", Rule.WRITES_ORDERS, "calls setattr"),
    "raw sql": (
        "from django.db import connection\n    connection.cursor().execute('UPDATE x')",
        Rule.WRITES_ORDERS,
        "calls connection.cursor().execute",
    ),
    "other object": ("AuditLog.objects.create(action='X')", Rule.CREATES_OBJECTS, "calls AuditLog.objects.create"),
    "get or create": (
        "AuditLog.objects.get_or_create(action='X')",
        Rule.CREATES_OBJECTS,
        "calls AuditLog.objects.get_or_create",
    ),
    "constructor": ("AuditLog(action='X')", Rule.CREATES_OBJECTS, "calls AuditLog"),
    "two ifs": (
        "if event.a:\n        return\n    if event.b:\n        return\n    write_audit_log(action='X')",
        Rule.BRANCHES,
        "react branches 2 times",
    ),
    "elif": (
        "if event.a:\n        return\n    elif event.b:\n        return\n    write_audit_log(action='X')",
        Rule.BRANCHES,
        "react branches 2 times, one inside another",
    ),
    "if in a loop": (
        "for one in event.all:\n        if one:\n            write_audit_log(action='X')",
        Rule.BRANCHES,
        "react branches 1 times, one inside another",
    ),
    "loop in a try": (
        "try:\n        for one in event.all:\n            write_audit_log(one)\n    except OSError:\n        pass",
        Rule.BRANCHES,
        "react branches 1 times, one inside another",
    ),
    "two tasks": (
        "process_order_async.delay(1)\n    notify_customer_async.delay(1)",
        Rule.DELEGATES,
        "react calls 2 services or tasks (process_order_async.delay, notify_customer_async.delay)",
    ),
    "nothing": ("event.total", Rule.DELEGATES, "react calls 0 services or tasks (none)"),
    "print": ("print(event)\n    write_audit_log(action='X')", Rule.DELEGATES, "react does the work itself: print"),
    "mail": (
        "from django.core.mail import send_mail\n    send_mail('a', 'b', 'c', ['d'])\n    write_audit_log(action='X')",
        Rule.DELEGATES,
        "react does the work itself: send_mail",
    ),
}
