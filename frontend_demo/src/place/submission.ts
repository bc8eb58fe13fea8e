/**
 * One use of the form, which makes at most one order. Its idempotency key is kept until the answer is known, after a
 * reload of the page too: everything that is sent until then has this key, and the server creates one order.
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

/** The running submission, or a new one. */
export function currentSubmission(storage: Kept): Submission {
  return read(storage.getItem(KEY)) ?? { idempotencyKey: newKey(), draft: EMPTY, unsure: false };
}

export function keepSubmission(storage: Kept, submission: Submission): void {
  storage.setItem(KEY, JSON.stringify(submission));
}

/** The answer is known: the next submission is another. */
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
    return undefined; // written by an older version of the page
  }
}
