/** One order's life, read again whenever something happens to it, and while something is still to come. */
import type { Client } from "@urql/core";
import { stringifyDocument } from "@urql/core";
import { useEffect } from "react";
import { useClient, useQuery } from "urql";
import { OrderLifeDocument, OrderLifeEventsDocument, type OrderLifeQuery, ViewerDocument } from "../api/generated";
import { socket } from "../api/live";
import { useReading } from "../app/reading";
import { isUnfinished } from "./waterfall";

export type Life = NonNullable<OrderLifeQuery["order"]>;

const BUSY_MS = 500;
const IDLE_MS = 10_000; // a replay tells no event

async function ask(client: Client, number: string, trail: boolean): Promise<Life | null> {
  const { data, error } = await client.query(OrderLifeDocument, { number, trail }).toPromise();
  if (!data) throw error;
  return data.order;
}

export function useOrderLife(number: string) {
  const client = useClient();
  const [{ data: viewer, error: unknown }] = useQuery({ query: ViewerDocument });
  const scopes = viewer?.viewer.scopes;
  const trail = scopes?.includes("audit:read") ?? false;
  const reading = useReading<Life | null | undefined>(`${number} ${scopes ? trail : "?"}`, {
    read: async () => (scopes ? ask(client, number, trail) : undefined),
    again: (life) => (life ? (life.deliveries.nodes.some(isUnfinished) ? BUSY_MS : IDLE_MS) : undefined),
  });
  const id = reading.value?.id;
  const { ring } = reading;
  useEffect(() => {
    if (!id) return;
    // What came between the reading and this is read now; after a break, on the new connection.
    const payload = { query: stringifyDocument(OrderLifeEventsDocument), variables: { where: { id: { eq: id } } } };
    const stop = socket.subscribe(payload, { next: ring, error: () => {}, complete: () => {} });
    const stopListening = socket.on("connected", ring);
    ring();
    return () => {
      stop();
      stopListening();
    };
  }, [id]);
  return { life: reading.value, trouble: reading.trouble ?? unknown, ring, hasTrail: trail, mayRepair: scopes?.includes("receivers:write") ?? false };
}
