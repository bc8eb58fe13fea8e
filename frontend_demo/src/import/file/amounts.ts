/** Decimal commas: `12,50` and `1.234,50`, as spreadsheets write them in most of Europe. */
import { positions } from "./columns";
import type { Table } from "./csv";

/** Points between groups of three digits, and at most two digits after the comma: `1,234` would be ambiguous. */
const COMMA = /^-?([0-9]+|[0-9]{1,3}(\.[0-9]{3})+)(,[0-9]{1,2})?$/;

export interface Amounts {
  readonly table: Table;
  readonly hasCommas: boolean;
}

/** The table with decimal points in these columns, if all of its amounts can be read with decimal commas and one has one. */
export function withPoints(table: Table, columns: readonly string[]): Amounts {
  const at = new Set(positions(table.header, columns).values());
  const amounts = table.rows.flatMap(({ cells }) => cells.filter((cell, index) => cell && at.has(index)));
  const hasCommas = amounts.some((amount) => amount.includes(",")) && amounts.every((amount) => COMMA.test(amount));
  if (!hasCommas) return { table, hasCommas };
  const rows = table.rows.map(({ row, cells }) => ({ row, cells: cells.map((cell, index) => (at.has(index) ? cell.replaceAll(".", "").replace(",", ".") : cell)) }));
  return { table: { header: table.header, rows }, hasCommas };
}
