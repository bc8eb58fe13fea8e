/** One click on a transition, from the click to its result. Independent of React and the network: both are passed in. */
import type { MovableOrderFragment } from "../api/generated";
import type { Trouble } from "orders-client";
import type { Move, MoveAnswer, SendMove } from "./send";
import { refusalText } from "../texts";

export type Moving =
  | { readonly state: "idle" }
  | { readonly state: "sending"; readonly move: Move }
  | { readonly state: "moved"; readonly order: MovableOrderFragment }
  | { readonly state: "refused"; readonly messages: readonly string[] }
  /** The order is not what its user saw: it is `now`. The user chooses. */
  | { readonly state: "stale"; readonly move: Move; readonly now: MovableOrderFragment }
  /** Refused, or unknown: `move` may be sent again unchanged, with the same key. */
  | { readonly state: "failed"; readonly move: Move; readonly trouble: Trouble };

export interface Ports {
  readonly send: SendMove;
  readonly orderNow: (id: string) => Promise<MovableOrderFragment | Trouble>;
}

export async function carryOut(move: Move, { send, orderNow }: Ports): Promise<Moving> {
  const answer = await send(move);
  if ("order" in answer) return { state: "moved", order: answer.order };
  if ("trouble" in answer) return { state: "failed", move, trouble: answer.trouble };
  if (!answer.refusals.some(({ code }) => code === "STALE_VERSION")) return refusedBy(answer);
  const now = await orderNow(move.id);
  return "kind" in now ? { state: "failed", move, trouble: now } : { state: "stale", move, now };
}

function refusedBy({ refusals }: Extract<MoveAnswer, { refusals: unknown }>): Moving {
  return { state: "refused", messages: refusals.map(refusalText) };
}

/** The same again, on the present order: another call, with its own key. Null if the order can't change like this any more. */
export function anyway({ move, now }: Extract<Moving, { state: "stale" }>, newKey: () => string): Move | null {
  if (!now.availableTransitions.includes(move.to)) return null;
  return { ...move, expectedVersion: now.version, idempotencyKey: newKey() };
}
