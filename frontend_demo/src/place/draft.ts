/** An order as it is in the form: text, as it was typed. Pure. */
import type { CreateOrderInput, OrderLineInput, RefusalFragment } from "../api/generated";
import { type Part, decimal, sumOf, wholeNumber } from "../api/values";

export interface LineDraft {
  /** Stays with the line while others are added and removed. */
  readonly id: number;
  readonly sku: string;
  readonly name: string;
  readonly quantity: string;
  readonly unitPrice: string;
}

export interface OrderDraft {
  readonly customerName: string;
  readonly customerEmail: string;
  readonly currency: string;
  readonly externalReference: string;
  /** Its price: the sum of its lines, or a bare total. */
  readonly by: "lines" | "total";
  readonly lines: readonly LineDraft[];
  readonly total: string;
}

export type TextField = "customerName" | "customerEmail" | "currency" | "externalReference" | "total";
export type LineField = Exclude<keyof LineDraft, "id">;

export const EMPTY: OrderDraft = {
  customerName: "",
  customerEmail: "",
  currency: "",
  externalReference: "",
  by: "lines",
  lines: [{ id: 1, sku: "", name: "", quantity: "1", unitPrice: "" }],
  total: "",
};

export function withLine(draft: OrderDraft): OrderDraft {
  const id = Math.max(0, ...draft.lines.map((line) => line.id)) + 1;
  return { ...draft, lines: [...draft.lines, { id, sku: "", name: "", quantity: "1", unitPrice: "" }] };
}

export function withoutLine(draft: OrderDraft, id: number): OrderDraft {
  return { ...draft, lines: draft.lines.filter((line) => line.id !== id) };
}

export function withLineField(draft: OrderDraft, id: number, field: LineField, value: string): OrderDraft {
  return { ...draft, lines: draft.lines.map((line) => (line.id === id ? { ...line, [field]: value } : line)) };
}

/** A draft with the values of another order. */
export function draftOf({ customerName, customerEmail, currency, lines }: CreateOrderInput): OrderDraft {
  return {
    ...EMPTY,
    customerName: customerName ?? "",
    customerEmail: customerEmail ?? "",
    currency: currency ?? "",
    lines: (lines ?? []).map(({ sku, name, quantity, unitPrice }, index) => ({ id: index + 1, sku, name: name ?? "", quantity: `${quantity}`, unitPrice })),
  };
}

/** The input to send. `unread` are values that GraphQL can't represent; harmless values replace them. */
export function inputOf(draft: OrderDraft): { readonly input: CreateOrderInput; readonly unread: readonly RefusalFragment[] } {
  const unread: RefusalFragment[] = [];
  const read = <T>(result: { value: T } | { problem: string }, otherwise: T, ...field: string[]): T => {
    if ("value" in result) return result.value;
    unread.push({ code: "INVALID", field, message: result.problem, currentVersion: null });
    return otherwise;
  };
  const line = ({ sku, name, quantity, unitPrice }: LineDraft, index: number): OrderLineInput => ({
    sku: sku.trim(),
    ...(name.trim() && { name: name.trim() }),
    quantity: read(wholeNumber(quantity), 1, "lines", `${index}`, "quantity"),
    unitPrice: read(decimal(unitPrice), "0", "lines", `${index}`, "unitPrice"),
  });
  const texts = { customerName: draft.customerName, customerEmail: draft.customerEmail, currency: draft.currency, externalReference: draft.externalReference };
  const input = Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, text.trim()]).filter(([, text]) => text));
  const price = draft.by === "total" ? { total: read(decimal(draft.total), "0", "total") } : { lines: draft.lines.map(line) };
  return { input: { ...input, ...price }, unread };
}

/** The sum of the lines, or the bare total; null as long as a number can't be read. */
export function totalOf(draft: OrderDraft): string | null {
  if (draft.by === "total") {
    const total = decimal(draft.total);
    return "value" in total ? total.value : null;
  }
  const parts = draft.lines.map(partOf);
  return parts.every((part) => part !== null) ? sumOf(parts) : null;
}

export function partOf({ quantity, unitPrice }: LineDraft): Part | null {
  const [times, amount] = [wholeNumber(quantity), decimal(unitPrice)];
  return "value" in times && "value" in amount ? { times: times.value, amount: amount.value } : null;
}
