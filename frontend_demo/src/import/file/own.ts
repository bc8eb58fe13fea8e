/** Our own format, docs/import.md: a row for each line of an order, or one row with a bare total. */
import type { OrderLineInput } from "../../api/generated";
import { type Group, type Values, amountIn, given, grouped, positions, quantityIn, shared, valuesOf } from "./columns";
import type { Draft, DraftInput, Format, RowProblem } from "./drafts";

export const COLUMNS = ["reference", "customer_name", "customer_email", "currency", "sku", "name", "quantity", "unit_price", "total"] as const;
type Column = (typeof COLUMNS)[number];

const LINE_COLUMNS = ["sku", "name", "quantity", "unit_price"] as const;
const FIELDS: Readonly<Record<string, Column>> = {
  externalReference: "reference",
  customerName: "customer_name",
  customerEmail: "customer_email",
  unitPrice: "unit_price",
};

/** Of a line's columns all are needed, or a bare total. */
const NEEDED_OF_LINES = ["sku", "quantity", "unit_price"] as const;

export const own: Format = {
  name: "own",
  amounts: ["unit_price", "total"],
  missing(header) {
    const at = positions(header, COLUMNS);
    const ofLines = NEEDED_OF_LINES.filter((name) => !at.has(name));
    return [...(at.has("reference") ? [] : ["reference"]), ...(at.has("total") ? [] : ofLines)];
  },
  resembles: (header) => positions(header, COLUMNS).size >= 2,
  drafts(table) {
    const at = positions(table.header, COLUMNS);
    return grouped<Column>(table.rows.map((row) => valuesOf(row, table, at)), "reference").map(draftOf);
  },
  columnOf: (field) => FIELDS[field] ?? field,
};

function draftOf(group: Group<Column>): Draft {
  const problems = [...group.problems, ...group.rows.flatMap((values) => values.problems)];
  const said = (name: Column) => shared(group, name, problems);
  const withLines = group.rows.filter(({ get }) => LINE_COLUMNS.some(get));
  const withTotal = group.rows.find(({ get }) => get("total")) ?? (group.rows[0] as Values<Column>);
  const input: DraftInput = {
    externalReference: group.reference,
    ...given({ customerName: said("customer_name"), customerEmail: said("customer_email"), currency: said("currency") }),
    ...(said("total") && { total: amountIn(withTotal, "total", problems) }),
    ...(withLines.length && { lines: withLines.map((values) => line(values, problems)) }),
  };
  return { reference: group.reference, rows: group.rows.map(({ row }) => row), input, lineRows: withLines.map(({ row }) => row), problems, note: null };
}

function line(values: Values<Column>, problems: RowProblem[]): OrderLineInput {
  const name = values.get("name");
  return {
    sku: values.get("sku"),
    ...(name && { name }),
    quantity: quantityIn(values, "quantity", problems),
    unitPrice: amountIn(values, "unit_price", problems),
  };
}
