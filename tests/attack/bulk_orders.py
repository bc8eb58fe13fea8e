"""Many orders of one tenant, written in bulk: rows as the services write them, with the events that are still kept."""

import time
from collections.abc import Callable

import psycopg

CHUNK = 20_000
EVENTS = 33_501
"""How many of the newest orders have their event; earlier events are pruned, as after the time of retention."""
BETWEEN = "interval '30 seconds'"
"""The time between two orders: 200,000 of them in ten weeks."""

PREPARE = "SET session_replication_role = replica"  # No trigger: each order has its event, or had it.
COUNT = "SELECT count(*) FROM orders_order WHERE tenant_id = %(tenant)s"
STREAM = """
INSERT INTO events_stream (tenant_id, head, floor) VALUES (%(tenant)s, %(orders)s, %(orders)s - %(events)s)
ON CONFLICT (tenant_id) DO UPDATE SET head = excluded.head, floor = excluded.floor
"""
MADE = f"""
CREATE TEMPORARY TABLE made AS SELECT i,
    (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || substr(hash, 1, 3) || '8'
        || substr(hash, 4, 15))::uuid AS id,
    lpad(upper(to_hex(i)), 5, '0') || '-' || upper(substr(hash, 1, 5)) AS number,
    'customer-' || i %% 1000 || '@example.com' AS email,
    'Customer ' || i %% 1000 || ' of ' || substr(hash, 6, 8) AS name,
    (100 + i %% 9000)::numeric / 10 AS total,
    at
FROM (
    SELECT i, md5(i::text) AS hash, date_trunc('second', now()) - (%(orders)s - i) * {BETWEEN} AS at
    FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS i
) AS basis
"""
ORDERS = """
INSERT INTO orders_order (
    id, tenant_id, number, external_reference, customer_email, customer_name, currency, total, status,
    processing_status, version, metadata, search_text, created_at, updated_at
) SELECT id, %(tenant)s, number, 'old-' || i, email, name, 'EUR', total, 'NEW', 'PENDING', 1, '{}',
    lower(number || E'\n' || 'old-' || i || E'\n' || email || E'\n' || name), at, at
FROM made
"""
TIME = """to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"')"""
EVENTS_OF = f"""
INSERT INTO events_event (
    tenant_id, id, sequence, type, schema_version, order_id, order_version, payload, actor, request_id, traceparent,
    occurred_at, numbered_at
) SELECT %(tenant)s, gen_random_uuid(), i, 'order.created', 1, id, 1, jsonb_build_object(
        'order', jsonb_build_object(
            'id', id::text, 'total', to_char(total, 'FM999999990.00'), 'number', number,
            'external_reference', 'old-' || i, 'customer_email', email, 'customer_name', name, 'currency', 'EUR',
            'status', 'NEW', 'processing_status', 'PENDING', 'version', 1, 'metadata', '{{}}'::jsonb,
            'created_at', {TIME.format("at")}, 'updated_at', {TIME.format("at")}, 'paid_at', NULL,
            'shipped_at', NULL, 'delivered_at', NULL, 'cancelled_at', NULL, 'lines', '[]'::jsonb
        ), 'changes', '{{}}'::jsonb, 'details', '{{}}'::jsonb
    ), 'system', '', '', at, at
FROM made WHERE i > %(orders)s - %(events)s ORDER BY i
"""


def fill(database: str, slug: str, orders: int, say: Callable[[str], None]) -> float:
    """Write so many orders of the tenant into a database that this administrator may change; return the seconds."""
    began = time.monotonic()
    with psycopg.connect(database, autocommit=True) as connection:
        (tenant,) = connection.execute("SELECT id FROM tenants_tenant WHERE slug = %s", [slug]).fetchone() or (None,)
        known = {"tenant": tenant, "orders": orders, "events": min(EVENTS, orders)}
        connection.execute(PREPARE)
        for first in range(1, orders + 1, CHUNK):
            last = min(first + CHUNK - 1, orders)
            with connection.transaction():
                connection.execute(MADE.encode(), known | {"first": first, "last": last})
                connection.execute(ORDERS.encode(), known)
                connection.execute(EVENTS_OF.encode(), known)
                connection.execute("DROP TABLE made")
            say(f"{last:,} of {orders:,} orders, {time.monotonic() - began:.0f} s")
        connection.execute(STREAM.encode(), known)
        for table in ("orders_order", "events_event"):
            connection.execute(f"VACUUM ANALYZE {table}".encode())
    return time.monotonic() - began
