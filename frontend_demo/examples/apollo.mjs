// Follow new orders with Apollo Client alone: its HTTP link subscribes by multipart responses, without another package.
//
//   npm install @apollo/client graphql rxjs
//   node apollo.mjs [http://127.0.0.1:8000] [token]

import { randomUUID } from "node:crypto";
import { ApolloClient, HttpLink, InMemoryCache, gql } from "@apollo/client/core";

const [origin = "http://127.0.0.1:8000", token] = process.argv.slice(2);
const client = new ApolloClient({
  cache: new InMemoryCache(),
  link: new HttpLink({ uri: `${origin}/graphql/`, headers: token ? { authorization: `Bearer ${token}` } : {} }),
});

// Nothing falls between this position and the subscription, however long that takes to open.
const { data } = await client.query({ query: gql`{ orders(first: 1) { eventCursor } }` });

const arrived = new Promise((resolve, reject) => {
  const events = client.subscribe({
    query: gql`subscription ($after: String) {
      orderCreated(after: $after) { cursor order { id number total { amount currency } } }
    }`,
    variables: { after: data.orders.eventCursor },
  });
  const following = events.subscribe({
    next: ({ data: event, error }) => {
      if (error) reject(error);
      else resolve(event.orderCreated.order); // Keep event.orderCreated.cursor to resume from.
      following.unsubscribe();
    },
    error: reject,
  });
});

const answer = await client.mutate({
  mutation: gql`mutation ($input: CreateOrderInput!) {
    createOrder(input: $input) { order { id number } userErrors { code field message } }
  }`,
  variables: {
    input: {
      idempotencyKey: randomUUID(), // Sent again after a lost answer, it makes no second order.
      customerEmail: "ada@example.com",
      lines: [{ sku: "TEA-1", quantity: 2, unitPrice: "12.50" }],
    },
  },
});
const { order, userErrors } = answer.data.createOrder;
if (order) console.log(`placed:  ${order.number}`);
else console.error(userErrors);

const { number, total } = await arrived;
console.log(`arrived: ${number} over ${total.amount} ${total.currency}`);
client.stop();
