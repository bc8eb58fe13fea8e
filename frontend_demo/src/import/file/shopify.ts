/** Shopify's orders export (Admin → Orders → Export): several rows for an order, with the order's data in the first. */
import { isSum } from "../../api/values";
import type { OrderLineInput } from "../../api/generated";
import { texts } from "../../texts";
import { type Group, type Values, amountIn, given, grouped, plainName, positions, quantityIn, shared, valuesOf } from "./columns";
import type { Draft, Format, RowProblem } from "./drafts";

const COLUMNS = [
  "Name",
  "Email",
  "Financial Status",
  "Fulfillment Status",
  "Currency",
  "Shipping",
  "Taxes",
  "Total",
  "Created at",
  "Cancelled at",
  "Lineitem quantity",
  "Lineitem name",
  "Lineitem price",
  "Lineitem sku",
  "Billing Name",
  "Shipping Name",
] as const;
type Column = (typeof COLUMNS)[number];

const NEEDED: readonly Column[] = ["Name", "Lineitem quantity", "Lineitem name", "Lineitem price"];
const NOT_SOLD = ["cancelled", "voided", "refunded"];
const SKU_MAX = 64;
const FIELDS: Readonly<Record<string, Column>> = {
  externalReference: "Name",
  customerName: "Billing Name",
  customerEmail: "Email",
  currency: "Currency",
  total: "Total",
  sku: "Lineitem sku",
  name: "Lineitem name",
  quantity: "Lineitem quantity",
  unitPrice: "Lineitem price",
};

export const shopify: Format = {
  name: "shopify",
  amounts: ["Shipping", "Taxes", "Total", "Lineitem price"],
  missing(header) {
    const at = positions(header, COLUMNS);
    return NEEDED.filter((name) => !at.has(name));
  },
  resembles: (header) => header.some((name) => plainName(name).startsWith("lineitem")),
  drafts(table) {
    const at = positions(table.header, COLUMNS);
    return grouped<Column>(table.rows.map((row) => valuesOf(row, table, at)), "Name").map(draftOf);
  },
  columnOf: (field) => FIELDS[field] ?? field,
};

function draftOf(group: Group<Column>): Draft {
  const problems = [...group.problems, ...group.rows.flatMap((values) => values.problems)];
  const said = (name: Column) => shared(group, name, problems);
  const first = group.rows[0] as Values<Column>;
  const states = { financialStatus: said("Financial Status"), fulfillmentStatus: said("Fulfillment Status"), createdAt: said("Created at") };
  const state = said("Cancelled at") ? "cancelled" : states.financialStatus.toLowerCase();
  if (NOT_SOLD.includes(state)) problems.push({ row: first.row, column: null, message: texts.import.notSold(state) });
  const withLines = group.rows.filter(({ get }) => get("Lineitem quantity") || get("Lineitem name") || get("Lineitem price"));
  const items = withLines.map((values) => line(values, problems));
  const amounts = amountsOf(first, problems);
  const priced: Priced = problems.length ? { lines: items, note: null } : withPrices(items, amounts);
  return {
    reference: group.reference,
    rows: group.rows.map(({ row }) => row),
    input: {
      externalReference: group.reference,
      ...given({ customerName: said("Billing Name") || said("Shipping Name"), customerEmail: said("Email"), currency: said("Currency") }),
      ...(priced.lines ? { lines: priced.lines } : { total: priced.total }),
      metadata: { shopify: { ...given(states), ...(!priced.lines && { items }) } },
    },
    lineRows: withLines.map(({ row }) => row),
    problems,
    note: priced.note,
  };
}

function line(values: Values<Column>, problems: RowProblem[]): OrderLineInput {
  const name = values.get("Lineitem name");
  return {
    sku: values.get("Lineitem sku") || [...name].slice(0, SKU_MAX).join(""), // without an article number, the name is used
    ...(name && { name }),
    quantity: quantityIn(values, "Lineitem quantity", problems),
    unitPrice: amountIn(values, "Lineitem price", problems),
  };
}

interface Amounts {
  readonly total: string;
  readonly shipping: string;
  readonly taxes: string;
}

function amountsOf(first: Values<Column>, problems: RowProblem[]): Amounts {
  const optional = (column: Column) => (first.get(column) ? amountIn(first, column, problems) : "");
  return { total: optional("Total"), shipping: optional("Shipping"), taxes: optional("Taxes") };
}

type Priced = { readonly note: string | null } & ({ readonly lines: OrderLineInput[] } | { readonly lines?: never; readonly total: string });

/**
 * The amount that the customer paid is the order's total, to the cent. If the items alone, or with shipping, or with
 * shipping and taxes, add up to it, they are the order's lines; otherwise (a discount, a tip) the order has the bare total,
 * and its items are kept in its metadata.
 */
function withPrices(items: OrderLineInput[], { total, shipping, taxes }: Amounts): Priced {
  const extra = (sku: string, name: string, unitPrice: string) => (Number(unitPrice) > 0 ? [{ sku, name, quantity: 1, unitPrice }] : []);
  const withShipping = [...items, ...extra("SHIPPING", "Shipping", shipping)];
  const withTaxes = [...withShipping, ...extra("TAXES", "Taxes", taxes)];
  const fits = total ? [items, withShipping, withTaxes].find((lines) => lines.length && sumsUp(lines, total)) : items;
  if (fits) return { lines: fits, note: fits.length > items.length ? texts.import.extraLines : null };
  return { total, note: texts.import.bareTotal };
}

function sumsUp(lines: readonly OrderLineInput[], total: string): boolean {
  return isSum(lines.map(({ unitPrice, quantity }) => ({ amount: unitPrice, times: quantity })), total);
}
