"""Compare: four designs under the same six faults."""

from pathlib import Path
from statistics import median

from learn import counting
from learn.faults import KILL, MAIL_DOWN, ROLLBACK, SLOW_MAIL, Fault, place_order, request
from learn.world import here, lose_messages

CALM_ORDERS = 20
DESIGNS = ("post_save", "on_commit", "task_table", "event_log")


def saved_again(design):
    """An order is placed, paid, and saved once more, unchanged."""
    order = request(lambda: place_order(design))
    request(lambda: design.pay_order(order))
    request(order.save)


def lost_message(design):
    """A message is sent by whichever process sends messages. Then the broker restarts."""
    request(lambda: place_order(design))
    getattr(design, "dispatch", lambda: None)()
    lose_messages()


def update(design):
    """Two orders are placed, and other code marks them as paid by one UPDATE."""
    for _ in range(2):
        request(lambda: place_order(design))
    request(lambda: design.Orders.objects.filter(status="NEW").update(status="PAID"))


def calm(design):
    """Orders without a fault."""
    for _ in range(CALM_ORDERS):
        request(lambda: place_order(design))
    here.write("in requests", len(here.read("statements")))


SIX = (
    ROLLBACK,
    Fault("raise", MAIL_DOWN.says, MAIL_DOWN.make),
    KILL,
    Fault("save again", "A paid order is saved again, unchanged.", saved_again),
    Fault("lost message", "The broker restarts and loses its messages.", lost_message),
    Fault("update", "Two orders are marked as paid by QuerySet.update.", update),
)
CALM = Fault("calm", "Twenty orders, and no fault.", calm)
FAULTS = (*SIX, SLOW_MAIL, CALM)


def count():
    """Audit record, mail and job of each order; audit record and mail of each payment; what it cost."""
    statements = len(here.read("statements"))
    wanted = counting.expected(["audit", "mail"], ["created", "paid"]) + counting.expected(["job"])
    return {
        **counting.compared(wanted),
        "milliseconds": 1000 * median(answer["seconds"] for answer in here.read("answers") or [{"seconds": 0}]),
        "statements": statements / CALM_ORDERS,
        "in requests": sum(here.read("in requests")) / CALM_ORDERS,
    }


def lines_of_code(design):
    """The lines of a design's file that are neither blank nor a docstring of one line."""
    text = (Path(__file__).parent / f"{design}.py").read_text()
    return sum(bool(line.strip()) and not line.strip().startswith('"""') for line in text.splitlines())
