"""Bad receivers: for each, the rule that it breaks and the text of the finding."""

from tests.architecture.receivers.rules import Rule

HEAD = """
from uuid import UUID
from audit.models import AuditLog
from audit.services import write_audit_log
from django.dispatch import receiver
from events.receivers import delivery_id
from orders import services, touching
from orders.event_types import order_created
from orders.models import Order
from orders.tasks import notify_customer_async, process_order_async

@receiver(order_created, dispatch_uid="bad", queued=True)
def react(sender, event, **kwargs):
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

# The code after HEAD, the rule, and the beginning of the finding.
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
    "task and service": (
        "process_order_async.delay(1)\n    write_audit_log(action='X')",
        Rule.DELEGATES,
        "react calls 2 services or tasks (process_order_async.delay, write_audit_log)",
    ),
    "second one in a helper": (
        "write_audit_log(action='X')\n    again(event)\n\ndef again(event):\n    write_audit_log(action='Y')",
        Rule.DELEGATES,
        "react calls 2 services or tasks (write_audit_log, write_audit_log)",
    ),
    "nothing": ("event.total", Rule.DELEGATES, "react calls 0 services or tasks (none)"),
    "print": ("print(event)\n    write_audit_log(action='X')", Rule.DELEGATES, "does the work itself: print"),
    "mail": (
        "from django.core.mail import send_mail\n    send_mail('a', 'b', 'c', ['d'])\n    write_audit_log(action='X')",
        Rule.DELEGATES,
        "does the work itself: send_mail",
    ),
    "task without delay": (
        "process_order_async(str(event.id))",
        Rule.SLOW,
        "runs the task process_order_async itself, without .delay",
    ),
    "task called by its run": (
        "task = process_order_async\n    task(str(event.id))",
        Rule.SLOW,
        "runs the task task itself, without .delay",
    ),
    "task that is waited for": (
        "process_order_async.delay('1').get()",
        Rule.SLOW,
        "waits: process_order_async.delay('1').get",
    ),
    "sleep": ("import time\n    time.sleep(1)\n    write_audit_log(action='X')", Rule.SLOW, "waits: time.sleep"),
    "sleep by another name": (
        "from time import sleep as rest\n    rest(1)\n    write_audit_log(action='X')",
        Rule.SLOW,
        "waits: rest",
    ),
    "thread": (
        "import threading\n    threading.Thread(target=write_audit_log, args=[event.id]).start()",
        Rule.SLOW,
        "starts work of its own: threading.Thread",
    ),
    "pool": (
        "from concurrent.futures import ThreadPoolExecutor\n    ThreadPoolExecutor().submit(write_audit_log, event.id)",
        Rule.SLOW,
        "starts work of its own: ThreadPoolExecutor",
    ),
    "on_commit": (
        "from django.db import transaction\n    transaction.on_commit(lambda: write_audit_log(action='X'))",
        Rule.BEFORE_COMMIT,
        "calls transaction.on_commit",
    ),
    "an event signal that is sent": (
        "order_created.send(sender, event=event)\n    write_audit_log(action='X')",
        Rule.BEFORE_COMMIT,
        "calls order_created.send",
    ),
    "helper that updates": (
        "touching.touch(event)",
        Rule.WRITES_ORDERS,
        "touch, which react calls, calls Order.objects.filter(id=event.order_id).update",
    ),
    "helper's helper that updates": (
        "touching.touch_later(event)",
        Rule.WRITES_ORDERS,
        "touch, which react calls, calls Order.objects.filter(id=event.order_id).update",
    ),
    "helper that is handed on": (
        "list(map(touching.touch, [event]))\n    write_audit_log(action='X')",
        Rule.WRITES_ORDERS,
        "touch, which react calls, calls Order.objects.filter(id=event.order_id).update",
    ),
    "helper that sleeps": ("touching.rest(event)", Rule.SLOW, "rest, which react calls, waits: time.sleep"),
    "helper that sets": (
        "touching.mark(event)",
        Rule.WRITES_ORDERS,
        "mark, which react calls, sets event.order.status",
    ),
    "helper that calls a second service": (
        "write_audit_log(action='X')\n    touching.notify(event)",
        Rule.DELEGATES,
        "react calls 2 services or tasks (write_audit_log, touching.notify)",
    ),
    "helper that is a method": (
        "touching.Toucher().touch(event)",
        Rule.WRITES_ORDERS,
        "touch, which react calls, calls event.order.save",
    ),
    "helper here that updates": (
        "here(event)\n    write_audit_log(action='X')\n\ndef here(event):\n    event.order.save()",
        Rule.WRITES_ORDERS,
        "here, which react calls, calls event.order.save",
    ),
    "import_string": (
        "from django.utils.module_loading import import_string\n"
        "    import_string('orders.services.pay_order')(event.order_id)",
        Rule.WRITES_ORDERS,
        "calls import_string('orders.services.pay_order')",
    ),
    "import_module": (
        "import importlib\n    importlib.import_module('orders.services').pay_order(event.order_id)",
        Rule.WRITES_ORDERS,
        "calls importlib.import_module('orders.services').pay_order",
    ),
    "import_string of a value": (
        "from django.utils.module_loading import import_string\n    import_string(event.type)(event)",
        Rule.COMPUTED,
        "looks up what to call: import_string",
    ),
    "get_model": (
        "from django.apps import apps\n    apps.get_model('orders', 'Order').objects.filter(pk=1).update(status='X')",
        Rule.WRITES_ORDERS,
        "calls apps.get_model('orders', 'Order').objects.filter(pk=1).update",
    ),
    "get_model and create": (
        "from django.apps import apps\n    apps.get_model('orders.Order').objects.create(total=1)",
        Rule.WRITES_ORDERS,
        "calls apps.get_model('orders.Order').objects.create",
    ),
    "alias of a method": (
        "keep = event.order.save\n    keep()\n    write_audit_log(action='X')",
        Rule.WRITES_ORDERS,
        "calls keep",
    ),
    "alias of a manager": (
        "orders = Order.objects\n    orders.filter(pk=1).update(status='PAID')",
        Rule.WRITES_ORDERS,
        "calls orders.filter(pk=1).update",
    ),
    "alias of a service": ("pay = services.pay_order\n    pay(event.order_id)", Rule.WRITES_ORDERS, "calls pay"),
    "service under another name": (
        "from orders.services import pay_order as note\n    note(event.order_id)",
        Rule.WRITES_ORDERS,
        "calls note",
    ),
    "getattr": ("getattr(event.order, 'save')()", Rule.WRITES_ORDERS, "calls getattr(event.order, 'save')"),
    "getattr of a value": (
        "getattr(services, event.type)(event)",
        Rule.COMPUTED,
        "looks up what to call: getattr(services, event.type)",
    ),
    "table": (
        "{'a': write_audit_log}[event.type](action='X')",
        Rule.COMPUTED,
        "looks up what to call: {'a': write_audit_log}[event.type]",
    ),
    "exec": ("exec('event.order.save()')", Rule.COMPUTED, "looks up what to call: exec"),
    "and": (
        "event.total and write_audit_log(action='X')",
        Rule.BRANCHES,
        "decides by and/or what to call: event.total and write_audit_log(action='X')",
    ),
    "and, or": (
        "event.total and write_audit_log(action='X') or process_order_async.delay(1)",
        Rule.BRANCHES,
        "react branches 2 times, one inside another",
    ),
    "lambda": (
        "pay = lambda: event.order.save()\n    pay()\n    write_audit_log(action='X')",
        Rule.WRITES_ORDERS,
        "calls event.order.save",
    ),
    "partial": (
        "from functools import partial\n    partial(services.pay_order, event.order_id)()",
        Rule.WRITES_ORDERS,
        "calls partial(services.pay_order, event.order_id)",
    ),
    "methodcaller": (
        "from operator import methodcaller\n    methodcaller('save')(event.order)\n    write_audit_log(action='X')",
        Rule.WRITES_ORDERS,
        "calls methodcaller",
    ),
    "__dict__": (
        "event.order.__dict__['status'] = 'PAID'\n    write_audit_log(action='X')",
        Rule.WRITES_ORDERS,
        "sets event.order.__dict__['status']",
    ),
    "__dict__ update": (
        "event.order.__dict__.update(status='PAID')",
        Rule.WRITES_ORDERS,
        "calls event.order.__dict__.update",
    ),
    "vars": ("vars(event.order).update(status='PAID')", Rule.WRITES_ORDERS, "calls vars(event.order).update"),
    "__setattr__": (
        "object.__setattr__(event.order, 'status', 'PAID')",
        Rule.WRITES_ORDERS,
        "calls object.__setattr__",
    ),
}

# The places where a helper of a receiver may be.
TOUCHING = """
import time
from functools import wraps
from orders.models import Order
from audit.services import write_audit_log

def touch(event):
    Order.objects.filter(id=event.order_id).update(status="PAID")

def touch_later(event):
    touch(event)

def rest(event):
    time.sleep(1)

def mark(event):
    event.order.status = "PAID"

def notify(event):
    write_audit_log(action="X")

class Toucher:
    def touch(self, event):
        event.order.save()

def patiently(function):
    @wraps(function)
    def wrapper(sender, **given):
        time.sleep(1)
        function(sender, **given)
    return wrapper

def describe(event):
    said = {}
    said.update(total=str(event.payload))
    return said
"""

# Good receivers: the code after HEAD.
GOOD_BODIES = {
    "a task": "process_order_async.delay(str(delivery_id(event.id, 'bad')))",
    "a service": "write_audit_log(action='X', object_id=event.order_id)",
    "an early return": "if event.total:\n        return\n    write_audit_log(action='X')",
    "a condition of two": "if event.a and event.b:\n        return\n    write_audit_log(action='X')",
    "a loop over its events": "write_audit_log(action=[str(one) for one in event])",
    "a dictionary that is updated": (
        "metadata = dict(event.payload)\n    metadata.update(a=1)\n    write_audit_log(metadata=metadata)"
    ),
    "a helper here": (
        "write_audit_log(metadata=entry(event))\n\ndef entry(event):\n    return {'total': event.payload['total']}"
    ),
    "an alias of a task": "task = process_order_async\n    task.delay(str(event.id))",
    "a helper elsewhere": "write_audit_log(metadata=touching.describe(event))",
    "a default by or": "write_audit_log(action=event.type or 'X')",
}
