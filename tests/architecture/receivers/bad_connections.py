"""Receivers that are connected without a decorator on a function: for each, its rule and the text of the finding."""

from tests.architecture.receivers.rules import Rule

# Registered without a decorator on a function.
BY_OTHER_MEANS: dict[str, tuple[str, Rule, str]] = {
    "lambda": (
        "order_created.connect(lambda sender, event, **_: event.order.save(), dispatch_uid='bad')",
        Rule.WRITES_ORDERS,
        "calls event.order.save",
    ),
    "partial": (
        "from functools import partial\n"
        "def work(how, sender, event, **_):\n    event.order.save()\n"
        "order_created.connect(partial(work, 1), dispatch_uid='bad')",
        Rule.WRITES_ORDERS,
        "calls event.order.save",
    ),
    "object": (
        "class Works:\n    def __call__(self, sender, event, **_):\n        event.order.save()\n"
        "order_created.connect(Works(), dispatch_uid='bad')",
        Rule.WRITES_ORDERS,
        "calls event.order.save",
    ),
    "method": (
        "class Works:\n    def work(self, sender, event, **_):\n        event.order.save()\n"
        "order_created.connect(Works().work, dispatch_uid='bad')",
        Rule.WRITES_ORDERS,
        "calls event.order.save",
    ),
    "decorator": (
        "from orders.touching import patiently\n"
        "@receiver(order_created, dispatch_uid='bad')\n@patiently\n"
        "def react(sender, event, **kwargs):\n    write_audit_log(action='X')",
        Rule.SLOW,
        "wrapper, which decorates react, waits: time.sleep",
    ),
    "direct, with a helper that sends a task": (
        "@receiver(order_created, dispatch_uid='bad')\n"
        "def react(sender, event, **kwargs):\n    pass_on(event)\n\n"
        "def pass_on(event):\n    process_order_async.delay(str(event.id))",
        Rule.QUEUED,
        "pass_on, which react calls, sends a task for a direct receiver: process_order_async.delay",
    ),
    "post_save": (
        "@receiver(signals.post_save, sender=Order)\n"
        "def react(sender, instance, **kwargs):\n    write_audit_log(action='X')",
        Rule.BEFORE_COMMIT,
        "react is connected to post_save",
    ),
    "pre_save": (
        "def react(sender, instance, **kwargs):\n    instance.status = 'PAID'\n"
        "signals.pre_save.connect(react, sender=Order, weak=False)",
        Rule.WRITES_ORDERS,
        "sets instance.status",
    ),
    "m2m_changed": (
        "signals.m2m_changed.connect(lambda **_: write_audit_log(action='X'), weak=False)",
        Rule.BEFORE_COMMIT,
        "the lambda of '<lambda>' is connected to m2m_changed",
    ),
    "post_delete by a computed name": (
        "getattr(signals, 'post_' + 'delete').connect(services.pay_order, weak=False)",
        Rule.BEFORE_COMMIT,
        "pay_order is connected to post_delete",
    ),
}
OTHER_HEAD = """
from django.db.models import signals
from django.dispatch import receiver
from audit.services import write_audit_log
from orders import services
from orders.event_types import order_created
from orders.models import Order
from orders.tasks import process_order_async
"""
