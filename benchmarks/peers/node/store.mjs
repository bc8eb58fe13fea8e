// Orders in PostgreSQL by pg's pool: an order and its lines in one transaction, a page of orders with two queries.
import pg from 'pg';

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 });
const COLUMNS = 'id::text AS id, external_reference AS "externalReference", customer_email AS "customerEmail", currency, total::text AS total, status';
const LINES = 'SELECT order_id::text AS "orderId", sku, name, quantity, unit_price::text AS "unitPrice" FROM peer_line WHERE order_id = ANY($1) ORDER BY id';

export async function prepare() {
    await pool.query(`
        CREATE TABLE IF NOT EXISTS peer_order (
            id bigserial PRIMARY KEY, external_reference varchar(100) NOT NULL UNIQUE, customer_email varchar(254) NOT NULL,
            currency varchar(3) NOT NULL, total numeric(14, 2) NOT NULL, status varchar(10) NOT NULL DEFAULT 'NEW',
            created_at timestamptz NOT NULL DEFAULT now());
        CREATE INDEX IF NOT EXISTS peer_order_created ON peer_order (created_at DESC, id DESC);
        CREATE TABLE IF NOT EXISTS peer_line (
            id bigserial PRIMARY KEY, order_id bigint NOT NULL REFERENCES peer_order, sku varchar(64) NOT NULL,
            name varchar(200) NOT NULL, quantity integer NOT NULL CHECK (quantity > 0), unit_price numeric(14, 2) NOT NULL);
        CREATE INDEX IF NOT EXISTS peer_line_order ON peer_line (order_id);`);
}

export function createOrder(input) {
    return inTransaction((client) => insertOrder(client, input));
}

export function createOrders(inputs) {
    return inTransaction(async (client) => {
        const orders = [];
        for (const input of inputs) orders.push(await insertOrder(client, input));
        return orders;
    });
}

export async function listOrders(first) {
    const { rows } = await pool.query(`SELECT ${COLUMNS} FROM peer_order ORDER BY created_at DESC, id DESC LIMIT $1`, [Math.min(first, 100)]);
    const orders = new Map(rows.map((order) => [order.id, { ...order, lines: [] }]));
    const lines = await pool.query(LINES, [[...orders.keys()]]);
    for (const line of lines.rows) orders.get(line.orderId).lines.push(line);
    return [...orders.values()];
}

async function inTransaction(work) {
    const client = await pool.connect();
    try {
        await client.query('BEGIN');
        const done = await work(client);
        await client.query('COMMIT');
        return done;
    } catch (error) {
        await client.query('ROLLBACK');
        throw error;
    } finally {
        client.release();
    }
}

async function insertOrder(client, input) {
    const { rows } = await client.query({
        name: 'insert-order',
        text: `INSERT INTO peer_order (external_reference, customer_email, currency, total) VALUES ($1, $2, $3, $4) RETURNING ${COLUMNS}`,
        values: [input.externalReference, input.customerEmail, input.currency, totalOf(input.lines)],
    });
    await client.query({
        name: 'insert-lines',
        text: `INSERT INTO peer_line (order_id, sku, name, quantity, unit_price)
               SELECT $1, * FROM unnest($2::text[], $3::text[], $4::int[], $5::numeric[])`,
        values: [rows[0].id, ...['sku', 'name', 'quantity', 'unitPrice'].map((name) => input.lines.map((line) => line[name]))],
    });
    return { ...rows[0], lines: input.lines };
}

function totalOf(lines) {
    const cents = lines.reduce((sum, line) => sum + line.quantity * Math.round(Number(line.unitPrice) * 100), 0);
    return (cents / 100).toFixed(2);
}
