/** One order's life, read again after each of its events, and while work is still due. */
import type { Client } from "@urql/core";
import { useEffect } from "react";
import { useClient, useQuery } from "urql";
import { asked } from "../../api/asked";
import { OrderLifeDocument, OrderLifeEventsDocument, type OrderLifeQuery, ViewerDocument } from "../../api/generated";
import { socket } from "../../api/live";
import { useReading } from "../../loading/reading";
import { isUnfinished } from "./waterfall";

export type Life = NonNullable<OrderLifeQuery["order"]>;

const BUSY_MS = 500;
const IDLE_MS = 10_000; // a replay sends no event

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
  const { refresh } = reading;
  useEffect(() => {
    if (!id) return;
    // Events between the read and this are read now; after a disconnect, on the new connection.
    const payload = { ...asked(OrderLifeEventsDocument), variables: { where: { id: { eq: id } } } };
    const stop = socket.subscribe(payload, { next: refresh, error: () => {}, complete: () => {} });
    const stopListening = socket.on("connected", refresh);
    refresh();
    return () => {
      stop();
      stopListening();
    };
  }, [id]);
  return { life: reading.value, trouble: reading.trouble ?? unknown, refresh, hasTrail: trail, mayRepair: scopes?.includes("receivers:write") ?? false };
}
