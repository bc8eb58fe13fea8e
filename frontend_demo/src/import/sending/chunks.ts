/**
 * A file's orders in portions, each with its idempotency key. Both follow from the file alone: dropped again, in whatever
 * browser, it gives the same portions under the same keys, and the server does none of them twice.
 */
import type { CreateOrdersInput } from "../../api/generated";
import type { Draft, DraftInput } from "../file/drafts";

export interface Chunk {
  readonly index: number;
  readonly drafts: readonly Draft[];
}

export const ORDERS_MAX = 100;
/** The server accepts 5,000 lines, 1 MiB and 50,000 values at a time: these limits leave room for the rest of the request. */
export const LINES_MAX = 5_000;
export const BYTES_MAX = 768 * 1024;

export function chunksOf(drafts: readonly Draft[]): Chunk[] {
  const chunks: Draft[][] = [];
  let [lines, bytes] = [0, 0];
  for (const draft of drafts.filter(({ problems }) => !problems.length)) {
    const size = byteLength(canonical(draft.input));
    const own = draft.input.lines?.length ?? 0;
    const last = chunks.at(-1);
    if (last && last.length < ORDERS_MAX && lines + own <= LINES_MAX && bytes + size <= BYTES_MAX) {
      last.push(draft);
      [lines, bytes] = [lines + own, bytes + size];
    } else {
      chunks.push([draft]);
      [lines, bytes] = [own, size];
    }
  }
  return chunks.map((all, index) => ({ index, drafts: all }));
}

/** SHA-256, in hex, over all orders of the file: line ends, quotes, delimiters and blank rows make no difference. */
export async function fileHash(drafts: readonly Draft[]): Promise<string> {
  return sha256(canonical(drafts.filter(({ problems }) => !problems.length).map(({ input }) => input)));
}

/** It includes the portion's own content, so that the input under a key is always the same. */
export async function chunkKey(file: string, { index, drafts }: Chunk): Promise<string> {
  return `import-${await sha256(canonical([file, index, drafts.map(({ input }) => input)]))}`;
}

export function inputOf({ drafts }: Chunk, idempotencyKey: string | null): CreateOrdersInput {
  return { orders: drafts.map(({ input }) => input as DraftInput & { lines?: NonNullable<DraftInput["lines"]> }), errorPolicy: "REJECT_FAILED", ...(idempotencyKey && { idempotencyKey }) };
}

/** JSON with the names of each object sorted: equal values give equal text. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    inner && typeof inner === "object" && !Array.isArray(inner) ? Object.fromEntries(Object.entries(inner).sort(([left], [right]) => (left < right ? -1 : 1))) : inner,
  );
}

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}
