/** The server's errors, each at the field of its path. */
import type { RefusalFragment } from "../api/generated";
import { type FormErrors, byField } from "../api/refusals";
import type { OrderDraft } from "./draft";

export function formErrors(refusals: readonly RefusalFragment[], draft: OrderDraft): FormErrors {
  const shown = shownPaths(draft);
  return byField(refusals, (path) => {
    // For an order without lines the server reports a missing "total"; where the form has lines, those are missing.
    const name = path === "total" && draft.by === "lines" ? "lines" : path;
    return shown.has(name) ? name : undefined;
  });
}

/** Without the errors of the lines, whose indexes have changed. */
export function withoutLineErrors(errors: FormErrors): FormErrors {
  return { ...errors, fields: new Map([...errors.fields].filter(([path]) => !path.startsWith("lines"))) };
}

/** An error of a batch of one is that of its order. */
export function ofTheOne(refusals: readonly RefusalFragment[]): RefusalFragment[] {
  return refusals.map((refusal) => ({ ...refusal, field: refusal.field?.[0] === "orders" && refusal.field.length > 1 ? refusal.field.slice(2) : refusal.field }));
}

function shownPaths({ by, lines }: OrderDraft): ReadonlySet<string> {
  const fields = ["customerName", "customerEmail", "currency", "externalReference"];
  if (by === "total") return new Set([...fields, "total"]);
  return new Set([...fields, "lines", ...lines.flatMap((_, index) => ["sku", "name", "quantity", "unitPrice"].map((name) => `lines.${index}.${name}`))]);
}
