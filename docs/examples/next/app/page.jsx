"use client";
// The newest orders by HTTP, then live as server-sent events, and a button that places one. Sign in at the server first:
// its cookie is valid on each port of the host name. The server needs CORS_ORIGINS=http://localhost:3000, this page's origin.

import { useEffect, useState } from "react";

const ORDERS = "{ orders(first: 20) { eventCursor nodes { number } } }";
const FEED = "subscription ($after: String) { orderCreated(after: $after) { order { number } } }";
const PLACE = "mutation ($input: CreateOrderInput!) { createOrder(input: $input) { order { number } } }";

async function ask(query, variables) {
  const token = /csrftoken=([^;]*)/.exec(document.cookie)?.[1] ?? "";
  const headers = { "content-type": "application/json", "x-csrftoken": token };
  const answer = await fetch("/graphql/", { method: "POST", headers, body: JSON.stringify({ query, variables }) });
  const { data, errors } = await answer.json();
  if (errors) throw new Error(errors[0].message);
  return data;
}

// Follow orders after this cursor. Returns how to stop.
function follow(after, show) {
  const variables = JSON.stringify({ after });
  const events = new EventSource(`/graphql/?${new URLSearchParams({ query: FEED, variables })}`);
  let last = after;
  let stop = () => events.close();
  events.addEventListener("next", ({ data, lastEventId }) => {
    last = lastEventId;
    show(JSON.parse(data).data.orderCreated.order);
  });
  // The browser comes back by itself, but not after Next's answer 500, which it gives while it does not reach the server.
  events.addEventListener("error", () => {
    if (events.readyState !== EventSource.CLOSED) return;
    const again = setTimeout(() => { stop = follow(last, show); }, 1_000);
    stop = () => clearTimeout(again);
  });
  return () => stop();
}

export default function Page() {
  const [orders, setOrders] = useState([]);
  const [problem, setProblem] = useState("");
  const failed = ({ message }) => setProblem(message);
  useEffect(() => {
    let stop = () => {};
    let isShown = true;
    ask(ORDERS).then((page) => {
      if (!isShown) return;
      setOrders(page.orders.nodes);
      stop = follow(page.orders.eventCursor, (order) => setOrders((known) => [order, ...known]));
    }).catch(failed);
    return () => { isShown = false; stop(); };
  }, []);
  const place = () => ask(PLACE, { input: { idempotencyKey: crypto.randomUUID(), total: "1.00" } }).catch(failed);
  return (
    <main>
      {problem && <p role="alert">{problem}</p>}
      <button onClick={place}>Place an order</button>
      <ul>{orders.map(({ number }) => <li key={number}>{number}</li>)}</ul>
    </main>
  );
}
