/** Sends one change of an order, under one key until it is answered. */
import type { OperationResult } from "@urql/core";
import { type Trouble, troubleOf } from "orders-client";
import { useRef, useState } from "react";
import type { RefusalFragment } from "../../api/generated";
import { newKey } from "../../api/keys";
import { refusalText } from "../../texts";

/** What was refused; `stale` has the order's present version. */
export interface Refused {
  readonly errors: ReadonlyMap<string, string>;
  readonly general: readonly string[];
  readonly stale?: number;
  readonly trouble?: Trouble;
}

export const NOTHING_REFUSED: Refused = { errors: new Map(), general: [] };

export interface Change {
  readonly refused: Refused;
  readonly isSending: boolean;
  /** Returns whether it was made. */
  readonly send: (mutation: (idempotencyKey: string) => Promise<Answered>) => Promise<boolean>;
}

/** The answer of one mutation: its payload, or why there is none. */
export interface Answered {
  readonly errors: readonly RefusalFragment[] | undefined;
  readonly error: OperationResult["error"];
}

export function useChange(): Change {
  const [refused, setRefused] = useState(NOTHING_REFUSED);
  const [isSending, setSending] = useState(false);
  const key = useRef(newKey());
  return {
    refused,
    isSending,
    send: async (mutation) => {
      setSending(true);
      const { errors, error } = await mutation(key.current);
      setSending(false);
      if (errors) key.current = newKey(); // without an answer, the same change is sent again under the same key
      setRefused(errors ? refusedBy(errors) : { ...NOTHING_REFUSED, trouble: error ? troubleOf(error) : { kind: "unanswered", reason: "" } });
      return errors?.length === 0;
    },
  };
}

export function refusedBy(refusals: readonly RefusalFragment[]): Refused {
  const stale = refusals.find(({ code }) => code === "STALE_VERSION")?.currentVersion;
  const others = refusals.filter(({ code }) => code !== "STALE_VERSION");
  const errors = new Map(others.flatMap((refusal) => (refusal.field?.[0] ? [[refusal.field[0], refusalText(refusal)] as const] : [])));
  return { errors, general: others.flatMap((refusal) => (refusal.field?.[0] ? [] : [refusalText(refusal)])), ...(typeof stale === "number" && { stale }) };
}
