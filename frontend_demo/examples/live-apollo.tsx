// The newest orders in a React app with Apollo Client: a page by HTTP, then its events over a WebSocket. After a lost connection
// it goes on with the next event. Vite's server passes the API on (docs/examples/vite.config.mjs).
//
//   npm install react react-dom @apollo/client rxjs graphql graphql-ws orders-client

import { ApolloClient, HttpLink, InMemoryCache, type TypedDocumentNode, gql } from "@apollo/client";
import { ApolloProvider } from "@apollo/client/react";
import { createSocket } from "orders-client";
import { useLivePage } from "orders-client/apollo";
import { createRoot } from "react-dom/client";

interface Order { id: string; number: string }
interface Page { orders: { eventCursor: string; nodes: Order[] } }
interface Event { orderCreated: { cursor: string; order: Order } }

const ORDERS: TypedDocumentNode<Page, Record<string, never>> = gql`{ orders(first: 20) { eventCursor nodes { id number } } }`;
const FEED = {
  topic: ({ orders }: Page) => ({
    query: "subscription ($after: String) { orderCreated(after: $after) { cursor order { id number } } }",
    after: orders.eventCursor, // Nothing falls between the page and its events.
    cursorOf: ({ orderCreated }: Event) => orderCreated.cursor,
  }),
  apply: ({ orders }: Page, { orderCreated }: Event) => ({ orders: { ...orders, nodes: [orderCreated.order, ...orders.nodes] } }),
};
const socket = createSocket();
const client = new ApolloClient({ cache: new InMemoryCache(), link: new HttpLink({ uri: "/graphql/" }) });
const variables = {};

function Orders() {
  const { data, problem } = useLivePage(socket, ORDERS, variables, FEED);
  if (problem) return <p role="alert">{problem}</p>;
  return <ul>{data?.orders.nodes.map(({ id, number }) => <li key={id}>{number}</li>)}</ul>;
}

createRoot(document.getElementById("root")!).render(<ApolloProvider client={client}><Orders /></ApolloProvider>);
