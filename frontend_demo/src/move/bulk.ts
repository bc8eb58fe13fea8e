/** One transition of many orders: in transactions of a hundred where the API has them, else one by one. */
import type { Client } from "@urql/core";
import { type Trouble, troubleOf } from "orders-client";
import { type MovableOrderFragment, PayOrdersDocument, type RefusalFragment, ShipOrdersDocument } from "../api/generated";
import { newKey } from "../api/keys";
import { type Move, sendMove } from "./send";
import { refusalText } from "../texts";
import type { Target } from "../texts/en/move";

export interface Refused {
  readonly number: string;
  readonly message: string;
}

export interface Outcome {
  readonly moved: number;
  readonly refused: readonly Refused[];
  /** Why it ended early. The orders after the last answer are as they were, or their result is unknown. */
  readonly trouble?: Trouble;
}

/** What became of some orders: each refusal by the order's place among them. */
interface Answer {
  readonly refusals: readonly { readonly place: number; readonly message: string }[];
  readonly trouble?: Trouble;
}

export type SendSome = (orders: readonly MovableOrderFragment[]) => Promise<Answer>;

const TOGETHER_MAX = 100;

/** Each order only at the version that its user saw; the others go on if one is refused. `progress` hears how many are done. */
export async function moveAll(orders: readonly MovableOrderFragment[], size: number, send: SendSome, progress: (done: number) => void): Promise<Outcome> {
  let moved = 0;
  const refused: Refused[] = [];
  for (let from = 0; from < orders.length; from += size) {
    const some = orders.slice(from, from + size);
    const { refusals, trouble } = await send(some);
    if (trouble) return { moved, refused, trouble };
    refused.push(...refusals.map(({ place, message }) => ({ number: some[place]?.number ?? "", message })));
    moved += some.length - new Set(refusals.map(({ place }) => place)).size;
    progress(from + some.length);
  }
  return { moved, refused };
}

/** How many orders go together, and how they are sent. */
export function sender(client: Client, to: Target, details: Pick<Move, "reason">): { readonly size: number; readonly send: SendSome } {
  if (to === "PAID" || to === "SHIPPED") return { size: TOGETHER_MAX, send: (orders) => sendTogether(client, to, orders) };
  return {
    size: 1,
    send: async ([order]) => {
      if (!order) return { refusals: [] };
      const answer = await sendMove(client, { id: order.id, to, expectedVersion: order.version, idempotencyKey: newKey(), ...details });
      if ("trouble" in answer) return { refusals: [], trouble: answer.trouble };
      return { refusals: "refusals" in answer ? answer.refusals.map((refusal) => ({ place: 0, message: refusalText(refusal) })) : [] };
    },
  };
}

async function sendTogether(client: Client, to: "PAID" | "SHIPPED", orders: readonly MovableOrderFragment[]): Promise<Answer> {
  const input = { orders: orders.map(({ id, version }) => ({ id, expectedVersion: version })), errorPolicy: "REJECT_FAILED" as const, idempotencyKey: newKey() };
  if (to === "PAID") {
    const { data, error } = await client.mutation(PayOrdersDocument, { input }).toPromise();
    return answered(data?.payOrders.userErrors, error);
  }
  const { data, error } = await client.mutation(ShipOrdersDocument, { input }).toPromise();
  return answered(data?.shipOrders.userErrors, error);
}

function answered(errors: readonly RefusalFragment[] | undefined, error: Parameters<typeof troubleOf>[0] | undefined): Answer {
  if (!errors) return { refusals: [], trouble: error ? troubleOf(error) : { kind: "unanswered", reason: "" } };
  return { refusals: errors.map((refusal) => ({ place: Number(refusal.field?.[1] ?? 0), message: refusalText(refusal) })) };
}
