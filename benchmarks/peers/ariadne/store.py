"""Orders in PostgreSQL by psycopg's pool: the tables and the statements of ``benchmarks/peers/node/store.mjs``."""

import os
from decimal import Decimal
from types import TracebackType
from typing import Any, Self

from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool

Order = dict[str, Any]

TABLES = """
    CREATE TABLE IF NOT EXISTS peer_order (
        id bigserial PRIMARY KEY, external_reference varchar(100) NOT NULL UNIQUE, customer_email varchar(254) NOT NULL,
        currency varchar(3) NOT NULL, total numeric(14, 2) NOT NULL, status varchar(10) NOT NULL DEFAULT 'NEW',
        created_at timestamptz NOT NULL DEFAULT now());
    CREATE INDEX IF NOT EXISTS peer_order_created ON peer_order (created_at DESC, id DESC);
    CREATE TABLE IF NOT EXISTS peer_line (
        id bigserial PRIMARY KEY, order_id bigint NOT NULL REFERENCES peer_order, sku varchar(64) NOT NULL,
        name varchar(200) NOT NULL, quantity integer NOT NULL CHECK (quantity > 0), unit_price numeric(14, 2) NOT NULL);
    CREATE INDEX IF NOT EXISTS peer_line_order ON peer_line (order_id);
"""
COLUMNS = """
    id::text AS id, external_reference AS "externalReference", customer_email AS "customerEmail", currency,
    total::text AS total, status
"""
PAGE = f"SELECT {COLUMNS} FROM peer_order ORDER BY created_at DESC, id DESC LIMIT %s"
LINES = """
    SELECT order_id::text AS "orderId", sku, name, quantity, unit_price::text AS "unitPrice"
    FROM peer_line WHERE order_id = ANY(%s) ORDER BY id
"""
INSERT_ORDER = f"""
    INSERT INTO peer_order (external_reference, customer_email, currency, total) VALUES (%s, %s, %s, %s)
    RETURNING {COLUMNS}
"""
INSERT_LINES = """
    INSERT INTO peer_line (order_id, sku, name, quantity, unit_price)
    SELECT %s, * FROM unnest(%s::text[], %s::text[], %s::int[], %s::numeric[])
"""
LINE_FIELDS = ("sku", "name", "quantity", "unitPrice")


class Store:
    """The pool, open between entering and leaving."""

    async def __aenter__(self) -> Self:
        self.pool: AsyncConnectionPool[AsyncConnection[DictRow]] = AsyncConnectionPool(
            os.environ["DATABASE_URL"], kwargs={"row_factory": dict_row}, min_size=10, max_size=10, open=False
        )
        await self.pool.open(wait=True)
        async with self.pool.connection() as connection:
            await connection.execute(TABLES)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.pool.close()

    async def create(self, inputs: list[Order]) -> list[Order]:
        """Insert the orders with their lines in one transaction."""
        async with self.pool.connection() as connection:
            return [await insert(connection, new) for new in inputs]

    async def list_orders(self, first: int) -> list[Order]:
        """The newest orders with their lines, by two queries."""
        async with self.pool.connection() as connection:
            page = await (await connection.execute(PAGE, [min(first, 100)])).fetchall()
            orders = {order["id"]: {**order, "lines": []} for order in page}
            for line in await (await connection.execute(LINES, [[int(key) for key in orders]])).fetchall():
                orders[line["orderId"]]["lines"].append(line)
        return list(orders.values())


async def insert(connection: AsyncConnection[DictRow], new: Order) -> Order:
    """Insert one order."""
    lines = new["lines"]
    total = sum((line["quantity"] * Decimal(line["unitPrice"]) for line in lines), Decimal(0))
    values = [new["externalReference"], new["customerEmail"], new["currency"], total]
    order = await (await connection.execute(INSERT_ORDER, values)).fetchone()
    assert order is not None
    await connection.execute(INSERT_LINES, [order["id"], *([line[name] for line in lines] for name in LINE_FIELDS)])
    return {**order, "lines": lines}
