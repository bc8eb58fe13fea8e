/** The board's row of an order that is on its way. */
import type { BoardOrderFragment, CreateOrderInput } from "../api/generated";
import { sumOf } from "../api/values";
import { texts } from "../texts";

export function rowOf(key: string, { customerName, customerEmail, currency, lines, total, tags }: CreateOrderInput): BoardOrderFragment {
  const now = new Date().toISOString();
  const amount = total ?? sumOf((lines ?? []).map(({ unitPrice, quantity }) => ({ amount: unitPrice, times: quantity })));
  return {
    id: `placing:${key}`,
    number: texts.place.onItsWay,
    customerName: customerName || null,
    customerEmail: customerEmail || null,
    status: "NEW",
    processingStatus: "PENDING",
    version: 0,
    createdAt: now,
    updatedAt: now,
    total: { amount, currency: /^[A-Z]{3}$/.test(currency ?? "") ? (currency ?? "") : "XXX" },
    tags: tags ?? [],
    availableTransitions: [],
    lines: (lines ?? []).map(({ sku, name, quantity }, index) => ({ id: `${index}`, name: name || sku, quantity })),
  };
}
