"""Row security does not change PostgreSQL's plans: each read finds its rows by the same index."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.db.models import Q, QuerySet

from audit.models import AuditLog
from events.models import Delivery, Event
from events.operations import Replay
from orders import selectors
from orders.models import Order, OrderLine
from orders.rest.paginator import OLDER
from orders.search import text_search
from orders.search.filters import AllOf, Amount, AnyOf, Condition, Mentions, Moment, Not, OneOf
from orders.search.related import SomeLine, Tagged
from orders.selectors import orders_one_by_one
from orders.stats.counting import count_orders, kept_counts
from orders.stats.coverage import Span
from orders.stats.tally import StatsPeriod
from tenants.context import tenant_context
from tenants.models import Tenant
from tenants.pagination.keyset import Keyset, number, uuid
from tests.servers.database_roles import DatabaseRoles

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

ROWS, MINUTE = 4000, timedelta(minutes=1)
MIDDLE = datetime(2026, 1, 1, 0, 30, tzinfo=UTC)
FILL = [
    """
    INSERT INTO orders_order (id, tenant_id, number, customer_email, customer_name, currency, total, status,
        processing_status, version, metadata, search_text, created_at, updated_at)
    SELECT gen_random_uuid(), %(tenant)s, lpad(n::text, 11, '0'), '', '', 'EUR', n, 'NEW',
        CASE WHEN n %% 1000 = 0 THEN 'FAILED' ELSE 'DONE' END, 1, '{}', '',
        '2026-01-01Z'::timestamptz + n * interval '1 second', '2026-01-01Z'::timestamptz + n * interval '1 second'
    FROM generate_series(1, %(rows)s) n
    """,
    """
    INSERT INTO orders_orderline (id, tenant_id, order_id, position, sku, name, quantity, unit_price)
    SELECT gen_random_uuid(), tenant_id, id, 1, 'A' || (total::int %% 500), 'B' || (total::int %% 500), 1, total
    FROM orders_order WHERE tenant_id = %(tenant)s
    """,
    """
    INSERT INTO orders_ordertag (tenant_id, order_id, tag)
    SELECT tenant_id, id, (total::int %% 500)::text FROM orders_order WHERE tenant_id = %(tenant)s
    """,
    """
    INSERT INTO events_event (id, tenant_id, sequence, type, schema_version, order_id, order_version, payload, actor,
        request_id, traceparent, occurred_at)
    SELECT gen_random_uuid(), tenant_id, row_number() OVER (), 'order.created', 1, id, 1, '{}', '', '', '', created_at
    FROM orders_order WHERE tenant_id = %(tenant)s
    """,
    """
    INSERT INTO events_delivery (id, tenant_id, event_id, receiver, order_id, sequence, status, attempts, due_at,
        last_error, created_at)
    SELECT gen_random_uuid(), tenant_id, insertion_id, 'audit', order_id, sequence,
        CASE WHEN sequence %% 1000 = 0 THEN 'PENDING' ELSE 'SUCCEEDED' END, 1, occurred_at, '', occurred_at
    FROM events_event WHERE tenant_id = %(tenant)s
    """,
    """
    INSERT INTO audit_auditlog (tenant_id, position, action, object_id, metadata, actor, request_id, created_at,
        previous_hash, hash)
    SELECT tenant_id, sequence, 'ORDER_CREATED', order_id::text, '{}', '', '', occurred_at, '', ''
    FROM events_event WHERE tenant_id = %(tenant)s
    """,
    """
    INSERT INTO orders_ordercount (tenant_id, seconds, begin, currency, status, orders, total)
    SELECT tenant_id, 900, created_at, 'EUR', 'NEW', 1, total FROM orders_order WHERE tenant_id = %(tenant)s
    """,
]
FILTERS: dict[str, tuple[Any, str]] = {
    "orders of a SKU": (SomeLine((("sku", ("A7",)),)), "line_of_sku"),
    "orders of an article's name": (SomeLine((("name", ("B7",)),)), "line_of_name"),
    "orders of a tag": (Tagged(("7",)), "order_tag_once"),
    "orders of a rare currency": (OneOf("currency", ("XXX",)), "order_by_currency"),
    "orders of a total": (AllOf((Amount("gte", Decimal(700)), Amount("lt", Decimal(701)))), "order_by_cents"),
    "orders whose processing failed": (OneOf("processing_status", ("FAILED",)), "order_by_processing"),
    "orders that changed in a minute": (
        AllOf((Moment("updated_at", "gte", MIDDLE), Moment("updated_at", "lt", MIDDLE + MINUTE))), "order_by_update",
    ),
}  # fmt: skip
"""Filters of lists, and the index that finds their orders."""
READS: dict[str, Callable[[], QuerySet[Any]]] = {
    "newest orders": lambda: Order.objects.order_by("-created_at", "-id")[:51],
    "a later page of orders": lambda: OLDER.part(
        Order.objects.all(), [([MIDDLE, UUID(int=0)], True)], limit=51, backwards=False
    ),
    "a later page by total": lambda: Keyset("plans", (number("total_cents"), uuid("id"))).part(
        Order.objects.all(), [([200_000, UUID(int=0)], True)], limit=51, backwards=False
    ),
    "orders of a status": lambda: Order.objects.filter(status="PAID").order_by("-created_at", "-id")[:51],
    **{
        what: (lambda condition=condition: Order.objects.filter(condition.to_q()).order_by("-created_at", "-id")[:51])
        for what, (condition, _) in FILTERS.items()
    },
    "orders with a word or an article": lambda: orders_one_by_one(
        AnyOf((Mentions.of("a7"), SomeLine((("sku", ("A7", "A8")),)), SomeLine((("name", ("B7",)),)))), None
    ).order_by("-created_at", "-id")[:51],
    "an order by its number": lambda: Order.objects.filter(number="00000000007"),
    "an order by its id": lambda: Order.objects.filter(pk=UUID(int=7)),
    "the lines of a page": lambda: OrderLine.objects.filter(
        order_id__in=[UUID(int=number) for number in range(20)]
    ).order_by("order_id", "position"),
    "events after a cursor": lambda: Event.objects.filter(sequence__gt=2000).order_by("sequence")[:500],
    "events that have no number": lambda: Event.unguarded.filter(
        tenant_id=Tenant.objects.get(slug="demo").pk, sequence=None
    ).order_by("insertion_id")[:500],
    "events of some time": lambda: Replay("audit", occurred_at={"gte": MIDDLE, "lt": MIDDLE + MINUTE}).events()[:1001],
    "the events of an order": lambda: Event.objects.filter(order_id=UUID(int=7), sequence__isnull=False),
    "deliveries that are due": lambda: Delivery.objects.filter(
        status__in=Delivery.UNFINISHED, due_at__lte=MIDDLE
    ).order_by("sequence")[:1000],
    "unfinished deliveries of old events": lambda: Delivery.objects.filter(
        sequence__lte=2000, status__in=Delivery.UNFINISHED
    )[:1],
    "kept counts of a minute": lambda: kept_counts(Span(900, MIDDLE, MIDDLE + MINUTE), Q(), 900),
    "the newest audit records": lambda: AuditLog.objects.order_by("-position")[:51],
    "the end of a page that searches orders": lambda: Order.objects.only("created_at").order_by("-created_at", "-id")[
        499:501
    ],
    "the oldest orders": lambda: Order.objects.order_by("created_at", "id")[:51],
    "the orders that changed last": lambda: Order.objects.order_by("-updated_at", "-id")[:51],
    "the smallest orders": lambda: Order.objects.order_by("total_cents", "id")[:51],
    "the largest orders": lambda: Order.objects.order_by("-total_cents", "-id")[:51],
    "an order by its reference": lambda: Order.objects.filter(external_reference="R-7"),
    "the orders of a customer": lambda: Order.objects.filter(customer_email="ada@example.com").order_by(
        "-created_at", "-id"
    )[:51],
    "events of a type after a cursor": lambda: Event.objects.filter(type="order.paid", sequence__gt=2000).order_by(
        "sequence"
    )[:51],
    "audit records of an action": lambda: AuditLog.objects.filter(action="ORDER_PAID").order_by("-position")[:51],
    "audit records of an object": lambda: AuditLog.objects.filter(object_id="7").order_by("-position")[:51],
    "deliveries of the newest events": lambda: Delivery.objects.order_by("-sequence", "-id")[:51],
    "deliveries about an order": lambda: Delivery.objects.filter(order_id=UUID(int=7)),
}


@pytest.fixture
def filled(other_tenant: Tenant, database_roles: DatabaseRoles) -> None:
    """Thousands of rows of each of two tenants, and statistics of them."""
    for tenant in Tenant.objects.all():
        with tenant_context(tenant.pk), connection.cursor() as cursor:
            for statement in FILL:
                cursor.execute(statement, {"tenant": tenant.pk, "rows": ROWS})
    with database_roles.administration() as database:
        database.execute("ANALYZE")


def ways(plan: dict[str, Any]) -> list[str]:
    """How the rows are found and sorted, from the top: the indexes, the sorts, and the sequential reads."""
    here = plan.get("Index Name") or plan["Node Type"]
    inner = [one for part in plan.get("Plans", []) for one in ways(part)]
    return [here, *inner] if plan.get("Index Name") or "Sort" in here or here == "Seq Scan" else inner


def explained(read: QuerySet[Any], form: str = "EXPLAIN") -> list[Any]:
    """What PostgreSQL says of its plan for the login of the application."""
    statement, parameters = read.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"{form} {statement}", parameters)
        return [line for (line,) in cursor.fetchall()]


def explained_without_policies(read: QuerySet[Any], database_roles: DatabaseRoles) -> Any:
    """Its plan for the administrator."""
    statement, parameters = read.query.sql_with_params()
    with database_roles.administration() as database, connection.cursor() as cursor:
        row = database.execute(cursor.mogrify(f"EXPLAIN (FORMAT JSON) {statement}", parameters).encode()).fetchone()
    assert row is not None
    return row[0][0]["Plan"]


def test_each_read_has_the_same_plan_as_without_policies_and_finds_its_rows_by_an_index(
    filled: None, database_roles: DatabaseRoles
) -> None:
    """One test, because to fill the tables takes seconds."""
    for what, read in READS.items():
        [[found]] = explained(read(), "EXPLAIN (FORMAT JSON)")
        assert ways(found["Plan"]) == ways(explained_without_policies(read(), database_roles)), what
        assert ways(found["Plan"]), what
        assert "Seq Scan" not in ways(found["Plan"]), what

    indexes = {what: index for what, (_, index) in FILTERS.items()}
    indexes |= {"events of some time": "event_in_time", "kept counts of a minute": "order_count_once"}
    for what, index in indexes.items():
        assert index in "\n".join(explained(READS[what]())), what

    # Not a hash table of all orders that have the articles, which an EXISTS below OR becomes.
    searched = "\n".join(explained(READS["orders with a word or an article"]()))
    assert "order_by_creation" in searched
    assert "SubPlan 2" in searched
    assert "hashed" not in searched

    later_page = "\n".join(explained(READS["a later page by total"]()))
    assert "Index Scan using order_by_cents" in later_page
    assert re.search(r"Index Cond: .*total_cents >= 200000", later_page)


LATER = StatsPeriod.of(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC))
COUNTED: dict[str, Condition | None] = {
    "all orders, if there are no kept counts": None,
    "a frequent article": SomeLine((("sku", ("A7", "A8")),)),
    "not an article": Not(SomeLine((("sku", ("A7",)),))),
    "two letters": Mentions.of("a7"),
    "the board's search": AnyOf(
        (Mentions.of("a7"), SomeLine((("sku", ("A7", "A8")),)), SomeLine((("name", ("B7",)),)))
    ),
    "a frequent status and a total": AllOf((OneOf("status", ("NEW",)), Amount("gte", Decimal(1)))),
    "a tag or a currency": AnyOf((Tagged(("7",)), OneOf("currency", ("EUR",)))),
}
"""What neither kept counts nor an index answers."""
MOST = 400


def orders_read(plan: dict[str, Any]) -> int:
    """How many rows of the orders' table and its indexes a plan has read."""
    rows = plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)
    read = rows * plan["Actual Loops"] if plan.get("Relation Name") == "orders_order" else 0
    return int(read) + sum(map(orders_read, plan.get("Plans", [])))


def test_statistics_read_no_more_orders_than_their_bound(filled: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selectors, "MOST_SEARCHED", MOST)
    monkeypatch.setattr(selectors, "MOST_PROBED", MOST)
    monkeypatch.setattr(text_search, "MOST", 0)
    asked: list[tuple[str, Any]] = []

    def note(execute: Callable[..., Any], sql: str, parameters: Any, *more: Any) -> Any:
        asked.append((sql, parameters))
        return execute(sql, parameters, *more)

    for what, condition in COUNTED.items():
        asked.clear()
        with connection.execute_wrapper(note):
            tally = count_orders(LATER, MIDDLE, condition)
        assert tally.counted_from is not None, what
        with connection.cursor() as cursor:
            for sql, parameters in [one for one in asked if '"orders_order"' in one[0]]:
                cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", parameters)
                [[[plan]]] = cursor.fetchall()
                assert orders_read(plan["Plan"]) <= MOST + 1, (what, sql)
                assert "hashed" not in str(plan), what


MORE = """
INSERT INTO orders_order (id, tenant_id, number, customer_email, customer_name, currency, total, status,
    processing_status, version, metadata, search_text, created_at, updated_at)
SELECT gen_random_uuid(), %(tenant)s, n::text, '', '', 'EUR', n, 'NEW', 'DONE', 1, '{}', md5(n::text), now(), now()
FROM generate_series(1, 20000) n
"""


def test_words_are_searched_by_the_index_of_the_tenants_trigrams(tenant: Tenant, database_roles: DatabaseRoles) -> None:
    """As orders_mentioning does: as the tables' owner, for whom a policy applies the words."""
    with database_roles.administration() as database, database.transaction(force_rollback=True):
        database.execute("SET LOCAL session_replication_role = replica")  # No triggers.
        database.execute(MORE, {"tenant": tenant.pk})
        database.execute("REINDEX INDEX order_by_trigrams")  # As after autovacuum: no row of the index is pending.
        database.execute("ANALYZE orders_order")
        database.execute(f'SET LOCAL ROLE "{database_roles.owner}"')
        for name, value in (("tenant_id", str(tenant.pk)), ("word_1", "%c4ca4238%")):
            database.execute("SELECT set_config(%s, %s, true)", [f"app.{name}", value])
        rows = database.execute("EXPLAIN (FORMAT JSON) SELECT id FROM orders_order").fetchone()
        assert rows is not None
        plan = rows[0][0]["Plan"]
        assert ways(plan) == ["order_by_trigrams"]
        condition = plan["Plans"][0]["Index Cond"]
        assert "tenant_id" in condition
        assert "app.word_1" in condition
        assert database.execute("SELECT count(*) FROM orders_order").fetchone() == (1,)
