// Subscribe to new orders, place one, and see it arrive.
//
//   npm install graphql-ws
//   node client.mjs [http://127.0.0.1:8000] [token]        (before Node 22: node --experimental-websocket client.mjs)

import { randomUUID } from "node:crypto";
import { createClient } from "graphql-ws";

const [origin = "http://127.0.0.1:8000", token] = process.argv.slice(2);
const address = `${origin}/graphql/`;
const credentials = token ? { authorization: `Bearer ${token}` } : {};

async function ask(query, variables) {
  const answer = await fetch(address, {
    method: "POST",
    headers: { "content-type": "application/json", ...credentials },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await answer.json();
  if (errors) throw new Error(errors[0].message);
  return data;
}

// Nothing falls between this position and the subscription, however long that takes to open.
const { orders } = await ask("{ orders(first: 1) { eventCursor } }");

const socket = createClient({ url: address.replace("http", "ws"), connectionParams: credentials });
const events = socket.iterate({
  query: `subscription ($after: String) {
    orderCreated(after: $after) { cursor order { number total { amount currency } } }
  }`,
  variables: { after: orders.eventCursor },
});

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

for await (const { data, errors } of events) {
  if (errors) throw new Error(errors[0].message);
  const { number, total } = data.orderCreated.order; // Keep data.orderCreated.cursor to resume from.
  console.log(`arrived: ${number} over ${total.amount} ${total.currency}`);
  break;
}
await socket.dispose();
