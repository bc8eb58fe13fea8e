/** Moves one order: shown immediately, taken back when it is refused, each click under its own idempotency key. */
import { useCallback, useRef, useState } from "react";
import { useClient } from "urql";
import { newKey } from "../api/keys";
import { changeOverlay } from "../optimistic/store";
import { endMove, moved, moving } from "../optimistic/overlay";
import { type Moving, anyway, carryOut } from "./moving";
import { type Move, orderNow, sendMove } from "./send";
import type { Target } from "../texts/en/move";

export interface Mover {
  readonly moving: Moving;
  /** The version that its user saw. */
  readonly move: (to: Target, expectedVersion: number, details?: Pick<Move, "trackingCode" | "reason">) => void;
  /** The same call again, after a missing or failed answer. */
  readonly again: () => void;
  /** On the present order, although it has changed. */
  readonly anyway: () => void;
  readonly leave: () => void;
}

export function useMove(id: string): Mover {
  const client = useClient();
  const [state, setState] = useState<Moving>({ state: "idle" });
  const busy = useRef(false);

  const start = useCallback(
    async (move: Move) => {
      if (busy.current) return; // a second click while the first is on its way
      busy.current = true;
      setState({ state: "sending", move });
      changeOverlay((overlay) => moving(overlay, { id: move.id, version: move.expectedVersion }, move.to));
      const outcome = await carryOut(move, { send: (one) => sendMove(client, one), orderNow: (one) => orderNow(client, one) });
      changeOverlay((overlay) => (outcome.state === "moved" ? moved(overlay, outcome.order) : endMove(overlay, move.id)));
      busy.current = false;
      setState(outcome);
    },
    [client],
  );

  return {
    moving: state,
    move: (to, expectedVersion, details) => void start({ id, to, expectedVersion, idempotencyKey: newKey(), ...details }),
    again: () => state.state === "failed" && void start(state.move),
    anyway: () => {
      const next = state.state === "stale" ? anyway(state, newKey) : null;
      if (next) void start(next);
    },
    leave: () => setState({ state: "idle" }),
  };
}
