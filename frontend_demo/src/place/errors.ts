/** The server's errors, each at the field of its path. */
import type { RefusalFragment } from "../api/generated";
import type { OrderDraft } from "./draft";

export interface FormErrors {
  /** By the path as text, such as `lines.0.quantity`. */
  readonly fields: ReadonlyMap<string, string>;
  /** Errors of no field of the form. */
  readonly others: readonly string[];
}

export const NO_ERRORS: FormErrors = { fields: new Map(), others: [] };

export function formErrors(refusals: readonly RefusalFragment[], draft: OrderDraft): FormErrors {
  const shown = shownPaths(draft);
  const fields = new Map<string, string>();
  const others: string[] = [];
  for (const { field, message } of refusals) {
    // For an order without lines the server reports a missing "total"; where the form has lines, those are missing.
    const path = field?.join(".") === "total" && draft.by === "lines" ? "lines" : (field ?? []).join(".");
    if (!shown.has(path)) others.push(field ? `${field.join(" ")}: ${message}` : message);
    else fields.set(path, [fields.get(path), message].filter(Boolean).join(" "));
  }
  return { fields, others };
}

/** Without the errors of a field that is being corrected. */
export function withoutError(errors: FormErrors, path: string): FormErrors {
  if (!errors.fields.has(path)) return errors;
  return { ...errors, fields: new Map([...errors.fields].filter(([one]) => one !== path)) };
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
