// Follow new orders over plain HTTP (server-sent events), place one, and see it arrive. No WebSocket is needed.
//
//   npm install graphql-sse
//   node sse.mjs [http://127.0.0.1:8000] [token]

import { randomUUID } from "node:crypto";
import { createClient } from "graphql-sse";

const [origin = "http://127.0.0.1:8000", token] = process.argv.slice(2);
const client = createClient({
  url: `${origin}/graphql/`,
  headers: token ? { authorization: `Bearer ${token}` } : {},
  retryAttempts: Infinity, // A stream that breaks off is no error: the server may have restarted.
});

async function ask(query, variables) {
  for await (const { data, errors } of client.iterate({ query, variables })) {
    if (errors) throw new Error(errors[0].message);
    return data;
  }
}

// Nothing falls between this position and the subscription, however long that takes to open.
const { orders } = await ask("{ orders(first: 1) { eventCursor } }");

const { createOrder } = await ask(
  `mutation ($input: CreateOrderInput!) {
    createOrder(input: $input) { order { number } userErrors { code field message } }
  }`,
  {
    input: {
      idempotencyKey: randomUUID(), // Sent again after a lost answer, it makes no second order.
      customerEmail: "ada@example.com",
      lines: [{ sku: "TEA-1", quantity: 2, unitPrice: "12.50" }],
    },
  },
);
if (createOrder.order) console.log(`placed:  ${createOrder.order.number}`);
else console.error(createOrder.userErrors);

const events = client.iterate({
  query: `subscription ($after: String) {
    orderCreated(after: $after) { cursor order { number total { amount currency } } }
  }`,
  variables: { after: orders.eventCursor },
});
for await (const { data, errors } of events) {
  if (errors) throw new Error(errors[0].message);
  const { number, total } = data.orderCreated.order; // Keep data.orderCreated.cursor to resume from.
  console.log(`arrived: ${number} over ${total.amount} ${total.currency}`);
  break;
}
client.dispose();
