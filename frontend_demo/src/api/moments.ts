/** When this page sent a request, got its answer, and saw an event: the server can't know that. Kept for the newest of each. */
import type { Message } from "graphql-ws";

/** Times of this page's own clock, in milliseconds, as far as the page saw them. */
export interface Moments {
  readonly askedAt?: number | undefined;
  readonly answeredAt?: number | undefined;
  readonly seenAt?: number | undefined;
}

const KEPT = 5_000;

const seen = new Map<string, number>();
const asked = new Map<string, Pick<Moments, "askedAt" | "answeredAt">>();

function keep<Value>(map: Map<string, Value>, key: string, value: Value): void {
  if (map.has(key)) return; // the first time counts
  map.set(key, value);
  const oldest = map.size > KEPT && map.keys().next().value;
  if (oldest) map.delete(oldest);
}

/** Every message of the page's socket passes here. Events are identified by their sequence, for every subscription. */
export function noteMessage(message: Pick<Message, "type"> & { readonly payload?: unknown }, now: number = Date.now()): void {
  if (message.type !== "next") return;
  const data = (message.payload as { readonly data?: Readonly<Record<string, unknown>> | null } | undefined)?.data;
  for (const event of Object.values(data ?? {})) {
    const sequence = (event as { readonly sequence?: unknown } | null)?.sequence;
    if (typeof sequence === "string") keep(seen, sequence, now);
  }
}

/** A mutation of this page was answered, with the number of the order that it placed, if any. */
export function noteAnswer(data: unknown, askedAt: number, answeredAt: number = Date.now()): void {
  const number = (data as { readonly createOrder?: { readonly order?: { readonly number?: unknown } | null } } | null | undefined)?.createOrder?.order?.number;
  if (typeof number === "string") keep(asked, number, { askedAt, answeredAt });
}

/** The page's times of an event; `placed` names the order if the event is its creation. */
export function momentsOf(sequence: string, placed?: string): Moments {
  return { seenAt: seen.get(sequence), ...(placed !== undefined && asked.get(placed)) };
}
