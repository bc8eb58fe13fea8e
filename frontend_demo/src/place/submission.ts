/**
 * One filling-in of the form, which makes one order at most. Its idempotency key is kept until the answer is known, over a
 * reload of the page too: whatever is sent until then has this key, and the server takes one.
 */
import { newKey } from "../api/keys";
import { EMPTY, type OrderDraft } from "./draft";

const KEY = "order-form";

export interface Submission {
  readonly idempotencyKey: string;
  readonly draft: OrderDraft;
  /** It was sent, and the answer never came. */
  readonly unsure: boolean;
}

export type Kept = Pick<Storage, "getItem" | "setItem" | "removeItem">;

/** The one that is under way, or a new one. */
export function currentSubmission(storage: Kept): Submission {
  return read(storage.getItem(KEY)) ?? { idempotencyKey: newKey(), draft: EMPTY, unsure: false };
}

export function keepSubmission(storage: Kept, submission: Submission): void {
  storage.setItem(KEY, JSON.stringify(submission));
}

/** The answer is known: the next one is another. */
export function endSubmission(storage: Kept): Submission {
  storage.removeItem(KEY);
  return currentSubmission(storage);
}

function read(text: string | null): Submission | undefined {
  if (text === null) return undefined;
  try {
    const { idempotencyKey, draft, unsure } = JSON.parse(text) as Partial<Submission>;
    if (typeof idempotencyKey !== "string" || !Array.isArray(draft?.lines)) return undefined;
    return { idempotencyKey, draft: { ...EMPTY, ...draft }, unsure: unsure === true };
  } catch {
    return undefined; // by an older version of the page
  }
}
