/** The columns of a file, by the names that its format gives them. */
import { type Read, decimal, wholeNumber } from "../../api/values";
import { texts } from "../../texts";
import type { Row, Table } from "./csv";
import type { RowProblem } from "./drafts";

/** `Unit price`, `unit_price` and `unitPrice` are the same name. */
export function plainName(name: string): string {
  return name.toLowerCase().replace(/[\s_-]+/g, "");
}

/** The index of each name in the header; missing names are absent, of two equal names the first counts. */
export function positions<Name extends string>(header: readonly string[], names: readonly Name[]): ReadonlyMap<Name, number> {
  const plain = header.map(plainName);
  return new Map(names.map((name) => [name, plain.indexOf(plainName(name))] as const).filter(([, index]) => index >= 0));
}

/** One row's values by name; empty where there is none. */
export interface Values<Name extends string> {
  readonly row: number;
  readonly get: (name: Name) => string;
  readonly problems: readonly RowProblem[];
}

export function valuesOf<Name extends string>({ row, cells }: Row, { header }: Table, at: ReadonlyMap<Name, number>): Values<Name> {
  const tooMany = cells.length > header.length && cells.slice(header.length).some(Boolean);
  return { row, get: (name) => cells[at.get(name) ?? -1] ?? "", problems: tooMany ? [{ row, column: null, message: texts.import.tooManyValues(cells.length, header.length) }] : [] };
}

export interface Group<Name extends string> {
  readonly reference: string;
  readonly rows: readonly Values<Name>[];
  readonly problems: readonly RowProblem[];
}

/** Rows of one reference, which must follow each other: the same reference further down would join two orders. */
export function grouped<Name extends string>(rows: readonly Values<Name>[], name: Name): Group<Name>[] {
  const groups: { reference: string; rows: Values<Name>[]; problems: RowProblem[] }[] = [];
  const firstRows = new Map<string, number>();
  for (const values of rows) {
    const reference = values.get(name);
    const last = groups.at(-1);
    if (last && reference && last.reference === reference) {
      last.rows.push(values);
      continue;
    }
    const problems: RowProblem[] = [];
    const first = firstRows.get(reference);
    if (!reference) problems.push({ row: values.row, column: name, message: texts.import.noReference });
    else if (first !== undefined) problems.push({ row: values.row, column: name, message: texts.import.apart(reference, first) });
    else firstRows.set(reference, values.row);
    groups.push({ reference, rows: [values], problems });
  }
  return groups;
}

/** A value that all rows of an order share: given once, or the same in each. */
export function shared<Name extends string>(group: Group<Name>, name: Name, problems: RowProblem[]): string {
  let said = "";
  for (const { row, get } of group.rows) {
    const value = get(name);
    if (value && said && value !== said) problems.push({ row, column: name, message: texts.import.contradicts(value, said) });
    said ||= value;
  }
  return said;
}

/** Only values that are not empty: the server has defaults. */
export function given<T extends Record<string, string>>(fields: T): Partial<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value)) as Partial<T>;
}

/** The number in a column; 0, and a problem, if there is none. */
export function quantityIn<Name extends string>(values: Values<Name>, column: Name, problems: RowProblem[]): number {
  return readIn(wholeNumber(values.get(column)), values, column, problems) ?? 0;
}

/** The same for an amount, which stays text. */
export function amountIn<Name extends string>(values: Values<Name>, column: Name, problems: RowProblem[]): string {
  return readIn(decimal(values.get(column)), values, column, problems) ?? "0";
}

function readIn<T>(read: Read<T>, { row }: { readonly row: number }, column: string, problems: RowProblem[]): T | undefined {
  if ("value" in read) return read.value;
  problems.push({ row, column, message: read.problem });
  return undefined;
}
