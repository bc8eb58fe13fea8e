/** An order for tests. A new field of the board's orders gets its value here, for all of them. */
import type { BoardOrderFragment } from "../../api/generated";

export function sampleOrder(number: number, createdAt: string, changes: Partial<BoardOrderFragment> = {}): BoardOrderFragment {
  return {
    id: btoa(`Order:${number}`),
    number: `N-${number}`,
    customerName: "",
    customerEmail: "",
    status: "NEW",
    processingStatus: "PENDING",
    version: 1,
    createdAt,
    updatedAt: createdAt,
    total: { amount: "1.00", currency: "EUR" },
    tags: [],
    availableTransitions: ["PAID", "CANCELLED"],
    lines: [],
    ...changes,
  };
}
