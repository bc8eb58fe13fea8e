"""The conditions that must hold after every fault."""

import asyncio
from collections import Counter
from dataclasses import dataclass

from tests.e2e.shop import AUDIT
from tests.faults.deployment import Deployment
from tests.faults.traffic import Traffic, ask_patiently

ORDERS = """
SELECT o.customer_email, o.number, o.processing_status,
  (SELECT count(*) FROM events_event e WHERE e.order_id = o.id AND e.type = 'order.created'),
  (SELECT count(*) FROM audit_auditlog a WHERE a.object_id = o.id::text AND a.action = 'ORDER_CREATED'),
  (SELECT count(*) FROM events_event e
   WHERE e.order_id = o.id AND e.payload #>> '{changes,processing_status,1}' = 'DONE')
FROM orders_order o WHERE o.customer_email LIKE %(like)s
"""
DELIVERIES = """
SELECT d.receiver, d.status, count(*) FROM events_delivery d JOIN orders_order o ON o.id = d.order_id
WHERE o.customer_email LIKE %(like)s GROUP BY 1, 2
"""
SEQUENCE = "SELECT count(*), min(sequence), max(sequence) FROM events_event"


@dataclass(frozen=True, slots=True)
class Effects:
    """An order, and how often each of its effects happened."""

    number: str
    processing_status: str = "DONE"
    created_events: int = 1
    audit_records: int = 1
    finished_processings: int = 1
    message_ids: int = 1


def effects(deployment: Deployment, name: str) -> dict[str, Effects]:
    """The effects on the orders of a traffic, by customer, according to the database and the mails."""
    mails = deployment.message_ids()
    return {
        customer: Effects(*columns, message_ids=len(set(mails.get(customer, []))))
        for customer, *columns in deployment.rows(ORDERS, like=f"%{name}-%")
    }


def wanted(traffic: Traffic, poison: str) -> dict[str, Effects]:
    """The expected effects: all that the clients know of, each once; orders that always fail are not processed."""
    return {
        customer: Effects(number, "FAILED", finished_processings=0)
        if poison and customer.startswith(poison)
        else Effects(number)
        for customer, number in traffic.acknowledged.items()
    }


def repeated_mails(deployment: Deployment, name: str) -> int:
    """How many mails were sent again under their Message-ID."""
    mails = (ids for customer, ids in deployment.message_ids().items() if name in customer)
    return sum(len(ids) - len(set(ids)) for ids in mails)


def assert_each_effect_once(deployment: Deployment, traffic: Traffic, name: str, *, poison: str = "") -> None:
    """The orders are those that were acknowledged, each with each of its effects once, also in the ledger."""
    expected = wanted(traffic, poison)
    assert effects(deployment, name) == expected
    poisonous = sum(one.processing_status == "FAILED" for one in expected.values())
    statuses = Counter(
        {(receiver, status): number for receiver, status, number in deployment.rows(DELIVERIES, like=f"%{name}-%")}
    )
    assert statuses == Counter(
        {
            ("audit", "SUCCEEDED"): len(expected),
            ("notifications", "SUCCEEDED"): len(expected),
            ("processing", "SUCCEEDED"): len(expected) - poisonous,
            ("processing", "DEAD"): poisonous,
        }
    )


def assert_seen_once_and_in_order(traffic: Traffic, *, first: int, head: int) -> None:
    """The dashboard saw each event of the stream once, in order, and so each order."""
    assert traffic.dashboard.sequences == list(range(first, head + 1))
    assert Counter(traffic.dashboard.created) == Counter(traffic.acknowledged.values())


def assert_logs_are_whole(deployment: Deployment) -> None:
    """The tenant's events are numbered without a gap, and the audit chain holds."""
    head = deployment.head()
    assert deployment.rows(SEQUENCE) == [(head, 1, head)]
    verification = asyncio.run(ask_patiently(deployment.shop, AUDIT))["auditVerify"]
    assert verification["isIntact"]
