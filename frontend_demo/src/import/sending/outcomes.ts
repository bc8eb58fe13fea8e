/** The outcome of each order of a file, and the server's errors at their rows. */
import type { OrderErrorCode } from "../../api/generated";
import type { Chunk } from "./chunks";
import type { Draft, ReadFile, RowProblem } from "../file/drafts";
import { refusalText } from "../../texts";

export type Outcome =
  | { readonly kind: "placed"; readonly id: string; readonly number: string }
  /** Another order has its reference, from an earlier import for example. */
  | { readonly kind: "there"; readonly id: string | null; readonly number: string | null }
  | { readonly kind: "refused"; readonly problems: readonly RowProblem[] };

/** By the order's reference. */
export type Outcomes = ReadonlyMap<string, Outcome>;

export interface ServerError {
  readonly code: OrderErrorCode;
  readonly field: readonly string[] | null;
  readonly message: string;
}

export interface BatchAnswer {
  readonly orders: readonly ({ readonly id: string; readonly number: string } | null)[];
  readonly userErrors: readonly ServerError[];
}

type ColumnOf = ReadFile["columnOf"];

/** An error of the batch as a whole, without an order's index in its path. */
export function batchErrors({ userErrors }: BatchAnswer): readonly ServerError[] {
  return userErrors.filter(({ field }) => placeOf(field) === null);
}

/** The outcome of each of the chunk's orders. In a dry run, a valid order has none. */
export function outcomesOf({ drafts }: Chunk, answer: BatchAnswer, columnOf: ColumnOf): Outcomes {
  const outcomes = new Map<string, Outcome>();
  for (const [index, draft] of drafts.entries()) {
    const order = answer.orders[index];
    const own = answer.userErrors.filter(({ field }) => placeOf(field) === index);
    if (order) outcomes.set(draft.reference, { kind: "placed", ...order });
    else if (own.length === 1 && isTaken(own[0] as ServerError)) outcomes.set(draft.reference, { kind: "there", id: null, number: null });
    else if (own.length) outcomes.set(draft.reference, { kind: "refused", problems: own.map((error) => problemOf(error, draft, columnOf)) });
  }
  return outcomes;
}

/** All of the chunk's orders refused for one reason. */
export function allRefused({ drafts }: Chunk, message: string): Outcomes {
  return new Map(drafts.map(({ reference, rows }) => [reference, { kind: "refused", problems: [{ row: rows[0] ?? 0, column: null, message }] }]));
}

/** `["orders", "3", "lines", "0", "quantity"]` is the quantity in the row of the order's first line. */
export function problemOf(error: ServerError, draft: Draft, columnOf: ColumnOf): RowProblem {
  const message = refusalText(error);
  const path = error.field?.slice(2) ?? [];
  const first = draft.rows[0] ?? 0;
  if (path[0] === "lines" && path[1] !== undefined) {
    return { row: draft.lineRows[Number(path[1])] ?? first, column: path[2] === undefined ? null : columnOf(path[2]), message };
  }
  return { row: first, column: path[0] === undefined ? null : columnOf(path[0]), message };
}

function placeOf(field: readonly string[] | null): number | null {
  return field?.[0] === "orders" && field[1] !== undefined ? Number(field[1]) : null;
}

function isTaken({ code, field }: ServerError): boolean {
  return code === "TAKEN" && field?.[2] === "externalReference";
}
