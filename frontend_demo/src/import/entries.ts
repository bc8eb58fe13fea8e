/** A file's orders as the page lists them. Pure. */
import type { Draft, RowProblem } from "./file/drafts";
import type { OpenFile } from "./sending/importer";
import type { Outcome, Outcomes } from "./sending/outcomes";

/** `ready`: no problem is known. `there`: another order has its reference. */
export type EntryState = "ready" | "there" | "refused" | "placed";

export interface Entry {
  readonly draft: Draft;
  readonly state: EntryState;
  readonly problems: readonly RowProblem[];
  /** The order's number, if there is one. */
  readonly number: string | null;
}

export type Counts = Readonly<Record<EntryState, number>>;

/** Its outcome counts; before that, the result of the dry run. */
export function entriesOf({ file, outcomes, checked }: Pick<OpenFile, "file" | "outcomes" | "checked">): Entry[] {
  return file.drafts.map((draft) => entryOf(draft, outcomes, checked));
}

function entryOf(draft: Draft, outcomes: Outcomes, checked: Outcomes): Entry {
  if (draft.problems.length) return { draft, state: "refused", problems: draft.problems, number: null };
  const outcome: Outcome | undefined = outcomes.get(draft.reference) ?? checked.get(draft.reference);
  if (!outcome) return { draft, state: "ready", problems: [], number: null };
  if (outcome.kind === "refused") return { draft, state: "refused", problems: outcome.problems, number: null };
  return { draft, state: outcome.kind, problems: [], number: outcome.number };
}

export function countsOf(entries: readonly Entry[]): Counts {
  const counts = { ready: 0, there: 0, refused: 0, placed: 0 };
  for (const { state } of entries) counts[state]++;
  return counts;
}

/** `2–4`: the rows of an order follow each other. */
export function rowRange({ rows }: Draft): string {
  const [first, last] = [rows[0] ?? 0, rows.at(-1) ?? 0];
  return first === last ? `${first}` : `${first}–${last}`;
}
