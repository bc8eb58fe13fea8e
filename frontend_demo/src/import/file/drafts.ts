/** Drafts of orders from a file. Each knows its rows, so that an error can be shown at its row. */
import type { CreateOrderInput, OrderLineInput } from "../../api/generated";
import type { Table } from "./csv";

export interface RowProblem {
  readonly row: number;
  /** By its name in the file; null if the problem concerns the row or the whole order. */
  readonly column: string | null;
  readonly message: string;
}

/** An order of the file. With problems it can't be sent. */
export interface Draft {
  readonly reference: string;
  /** The file's rows of the order, in sequence. */
  readonly rows: readonly number[];
  readonly input: DraftInput;
  /** For each line of the input, its row. */
  readonly lineRows: readonly number[];
  readonly problems: readonly RowProblem[];
  /** How it differs from the file, for the user of the preview. */
  readonly note: string | null;
}

export type DraftInput = Omit<CreateOrderInput, "lines" | "idempotencyKey"> & { readonly externalReference: string; readonly lines?: OrderLineInput[] };

export type FormatName = "own" | "shopify";

/** What a format of files knows of itself. */
export interface Format {
  readonly name: FormatName;
  /** The columns that have amounts. */
  readonly amounts: readonly string[];
  /** The needed columns that a header lacks; none: the file has this format. */
  readonly missing: (header: readonly string[]) => readonly string[];
  /** Whether a header has so much of the format that a column may just be missing. */
  readonly resembles: (header: readonly string[]) => boolean;
  readonly drafts: (table: Table) => Draft[];
  readonly columnOf: (field: string) => string;
}

export interface ReadFile {
  readonly format: FormatName;
  readonly drafts: readonly Draft[];
  /** How many rows have values. */
  readonly rows: number;
  /** Whether its amounts have decimal commas. */
  readonly hasCommas: boolean;
  /** The file's column of an input's field, such as `quantity` → `Lineitem quantity`. */
  readonly columnOf: (field: string) => string;
}
