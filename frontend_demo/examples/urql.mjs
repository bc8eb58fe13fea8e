// Follow new orders with urql alone, over plain HTTP: server-sent events, without a WebSocket or another package.
//
//   npm install @urql/core graphql
//   node urql.mjs [http://127.0.0.1:8000] [token]

import { randomUUID } from "node:crypto";
import { Client, fetchExchange, gql } from "@urql/core";

const [origin = "http://127.0.0.1:8000", token] = process.argv.slice(2);
const client = new Client({
  url: `${origin}/graphql/`,
  exchanges: [fetchExchange],
  fetchSubscriptions: true,
  preferGetMethod: false,
  fetchOptions: { headers: token ? { authorization: `Bearer ${token}` } : {} },
});

// Nothing falls between this position and the subscription, however long that takes to open.
const { data } = await client.query(gql`{ orders(first: 1) { eventCursor } }`, {}).toPromise();

const arrived = new Promise((resolve, reject) => {
  const subscription = gql`subscription ($after: String) {
    orderCreated(after: $after) { cursor order { id number total { amount currency } } }
  }`;
  client.subscription(subscription, { after: data.orders.eventCursor }).subscribe(({ data: event, error }) => {
    if (error) reject(error);
    else resolve(event.orderCreated.order); // Keep event.orderCreated.cursor to resume from.
  });
});

const mutation = gql`mutation ($input: CreateOrderInput!) {
  createOrder(input: $input) { order { id number } userErrors { code field message } }
}`;
const input = {
  idempotencyKey: randomUUID(), // Sent again after a lost answer, it makes no second order.
  customerEmail: "ada@example.com",
  lines: [{ sku: "TEA-1", quantity: 2, unitPrice: "12.50" }],
};
const answer = await client.mutation(mutation, { input }).toPromise();
const { order, userErrors } = answer.data.createOrder;
if (order) console.log(`placed:  ${order.number}`);
else console.error(userErrors);

const { number, total } = await arrived;
console.log(`arrived: ${number} over ${total.amount} ${total.currency}`);
process.exit(); // The stream is still open.
