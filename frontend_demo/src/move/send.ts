/** One transition of one order, sent and answered. */
import type { Client } from "@urql/core";
import { CancelOrderDocument, DeliverOrderDocument, type MovableOrderFragment, OrderNowDocument, PayOrderDocument, type RefusalFragment, ShipOrderDocument } from "../api/generated";
import { type Trouble, troubleOf } from "orders-client";
import { texts } from "../texts";
import type { Target } from "../texts/en/move";

export interface Move {
  readonly id: string;
  readonly to: Target;
  /** Only at this version of the order. */
  readonly expectedVersion: number;
  readonly idempotencyKey: string;
  readonly trackingCode?: string;
  readonly reason?: string;
}

export type MoveAnswer =
  | { readonly order: MovableOrderFragment }
  | { readonly refusals: readonly RefusalFragment[] }
  | { readonly trouble: Trouble };

interface Payload {
  readonly order: MovableOrderFragment | null;
  readonly userErrors: readonly RefusalFragment[];
}

export type SendMove = (move: Move) => Promise<MoveAnswer>;

export async function sendMove(client: Client, move: Move): Promise<MoveAnswer> {
  const { payload, error } = await ask(client, move);
  if (payload?.order) return { order: payload.order };
  if (payload) return { refusals: payload.userErrors };
  return { trouble: error ? troubleOf(error) : { kind: "unanswered", reason: "" } };
}

async function ask(client: Client, { to, trackingCode, reason, ...input }: Move) {
  switch (to) {
    case "PAID": {
      const { data, error } = await client.mutation(PayOrderDocument, { input });
      return { payload: data?.payOrder as Payload | undefined, error };
    }
    case "SHIPPED": {
      const { data, error } = await client.mutation(ShipOrderDocument, { input: { ...input, trackingCode } });
      return { payload: data?.shipOrder as Payload | undefined, error };
    }
    case "DELIVERED": {
      const { data, error } = await client.mutation(DeliverOrderDocument, { input });
      return { payload: data?.deliverOrder as Payload | undefined, error };
    }
    case "CANCELLED": {
      const { data, error } = await client.mutation(CancelOrderDocument, { input: { ...input, reason } });
      return { payload: data?.cancelOrder as Payload | undefined, error };
    }
  }
}

/** The present order. */
export async function orderNow(client: Client, id: string): Promise<MovableOrderFragment | Trouble> {
  const { data, error } = await client.query(OrderNowDocument, { id }, { requestPolicy: "network-only" });
  if (data?.order) return data.order;
  return error ? troubleOf(error) : { kind: "refused", message: texts.order.unknown };
}
