"""Counts effects from stored rows and files: what each order should have, and what it has."""

from collections import Counter
from collections.abc import Iterable

from learn.models import AuditLog, Order
from learn.world import here

Numbers = dict[str, float]
AFTER = {"NEW": (), "PAID": ("paid",), "SHIPPED": ("paid", "shipped")}


def expected(kinds: Iterable[str], about: Iterable[str] = ("created",)) -> Counter[str]:
    """One effect of each kind for each stored order and each change ``about`` which the kinds tell."""
    wanted, found = set(about), Counter[str]()
    for order in Order.objects.all():
        for change in wanted & {"created", *AFTER[order.status]}:
            found.update(f"{kind} {change} {order.pk}" for kind in kinds)
    return found


def done() -> Counter[str]:
    """The effects that happened: audit records, mails and jobs."""
    records = AuditLog.objects.values_list("action", "object_id")
    return Counter(
        [
            *(f"audit {action.lower().removeprefix('order_')} {order}" for action, order in records),
            *(f"mail {mail['about']} {mail['order']}" for mail in here.read("mails")),
            *(f"job created {order}" for order in here.read("jobs")),
        ]
    )


def answers() -> Numbers:
    """What the clients got: errors, and the slowest answer in seconds."""
    given = here.read("answers")
    return {
        "refused": sum(answer["refused"] for answer in given),
        "seconds": round(max((answer["seconds"] for answer in given), default=0), 1),
    }


def effects(kinds: Iterable[str], about: Iterable[str] = ("created",)) -> Numbers:
    """The numbers of a run in which each order should have one effect of each kind for each change."""
    return compared(expected(kinds, about))


def compared(wanted: Counter[str]) -> Numbers:
    """Orders, refused requests, lost, doubled and false effects; a false one is about an order that does not exist."""
    found, given = done(), answers()
    return {
        "orders": Order.objects.count(),
        "refused": given["refused"],
        "lost": (wanted - found).total(),
        "doubled": sum(found[effect] - count for effect, count in wanted.items() if found[effect] > count),
        "false": sum(count for effect, count in found.items() if effect not in wanted),
        "seconds": given["seconds"],
    }
