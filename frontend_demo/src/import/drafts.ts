/** Drafts of orders from a file. Each knows its rows, so that an error can be shown at its row. */
import type { CreateOrderInput, OrderLineInput } from "../api/generated";

export interface RowProblem {
  readonly row: number;
  /** By its name in the file; null if the row or the order as a whole is meant. */
  readonly column: string | null;
  readonly message: string;
}

/** An order of the file. With problems it can't be sent. */
export interface Draft {
  readonly reference: string;
  /** The file's rows that make it, in order. */
  readonly rows: readonly number[];
  readonly input: DraftInput;
  /** For each of the input's lines the row that it is from. */
  readonly lineRows: readonly number[];
  readonly problems: readonly RowProblem[];
  /** How it differs from what the file says, for the person who looks at the preview. */
  readonly note: string | null;
}

export type DraftInput = Omit<CreateOrderInput, "lines" | "idempotencyKey"> & { readonly externalReference: string; readonly lines?: OrderLineInput[] };

export type FormatName = "own" | "shopify";

export interface ReadFile {
  readonly format: FormatName;
  readonly drafts: readonly Draft[];
  /** How many rows have something in them. */
  readonly rows: number;
  /** The file's name of the column that an input's field is from, such as `quantity` → `Lineitem quantity`. */
  readonly columnOf: (field: string) => string;
}
