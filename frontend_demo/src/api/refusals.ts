/** The server's errors about a form's input, each at its field. */
import { refusalText } from "../texts";
import type { Refusal } from "../texts/en/refusals";

export interface FormErrors {
  /** By the path as text, such as `lines.0.quantity`. */
  readonly fields: ReadonlyMap<string, string>;
  /** Errors of no field of the form. */
  readonly others: readonly string[];
}

export const NO_ERRORS: FormErrors = { fields: new Map(), others: [] };

/** `fieldOf` gives the field of the form that shows the errors of a path; undefined: none does. */
export function byField(refusals: readonly Refusal[], fieldOf: (path: string) => string | undefined): FormErrors {
  const fields = new Map<string, string>();
  const others: string[] = [];
  for (const refusal of refusals) {
    const { field } = refusal;
    const message = refusalText(refusal);
    const name = fieldOf((field ?? []).join("."));
    if (name === undefined) others.push(field ? `${field.join(" ")}: ${message}` : message);
    else fields.set(name, [fields.get(name), message].filter(Boolean).join(" "));
  }
  return { fields, others };
}

/** Without the errors of a field that is being corrected. */
export function withoutError(errors: FormErrors, path: string): FormErrors {
  if (!errors.fields.has(path)) return errors;
  return { ...errors, fields: new Map([...errors.fields].filter(([one]) => one !== path)) };
}
