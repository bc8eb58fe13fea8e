/** The outcome of a file, as a CSV to keep: a line for each order, and for each problem of an order. */
import Papa from "papaparse";
import { texts } from "../../texts";
import type { Draft, RowProblem } from "../file/drafts";
import type { Outcomes } from "./outcomes";
import { delimiter } from "../../format/spreadsheet";

export interface ReportLine {
  readonly row: number;
  readonly reference: string;
  readonly number: string;
  readonly outcome: "placed" | "already there" | "refused" | "not sent";
  readonly reason: string;
}

export function reportLines(drafts: readonly Draft[], outcomes: Outcomes): ReportLine[] {
  return drafts.flatMap((draft) => linesOf(draft, outcomes)).sort((left, right) => left.row - right.row);
}

function linesOf({ reference, rows, problems, note }: Draft, outcomes: Outcomes): ReportLine[] {
  const line = { row: rows[0] ?? 0, reference, number: "", reason: note ?? "" };
  const refused = (all: readonly RowProblem[]) => all.map((problem): ReportLine => ({ ...line, row: problem.row, outcome: "refused", reason: reasonOf(problem) }));
  if (problems.length) return refused(problems);
  const outcome = outcomes.get(reference);
  if (!outcome) return [{ ...line, outcome: "not sent" }];
  if (outcome.kind === "refused") return refused(outcome.problems);
  if (outcome.kind === "there") return [{ ...line, number: outcome.number ?? "", outcome: "already there", reason: texts.import.alreadyThere }];
  return [{ ...line, number: outcome.number, outcome: "placed" }];
}

export function reasonOf({ column, message }: RowProblem): string {
  return column === null ? message : `${column}: ${message}`;
}

/** Spreadsheets show it unchanged: no cell is one that they would read as a formula. */
export function reportCsv(lines: readonly ReportLine[]): string {
  return `${Papa.unparse([...lines], { columns: ["row", "reference", "number", "outcome", "reason"], delimiter, escapeFormulae: true })}\r\n`;
}
