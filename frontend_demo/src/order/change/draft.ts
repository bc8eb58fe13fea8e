/** The fields of an order that its dialog edits, and what of them is sent. Pure. */
import type { UpdateOrderInput } from "../../api/generated";
import type { Life } from "../life/useOrderLife";

export interface Draft {
  readonly customerName: string;
  readonly customerEmail: string;
  readonly externalReference: string;
  /** Separated by commas. */
  readonly tags: string;
  readonly notes: string;
}

type Editable = Pick<Life, "customerName" | "customerEmail" | "externalReference" | "tags" | "notes">;

export function draftOf({ customerName, customerEmail, externalReference, tags, notes }: Editable): Draft {
  return { customerName: customerName ?? "", customerEmail: customerEmail ?? "", externalReference: externalReference ?? "", tags: tags.join(", "), notes: notes ?? "" };
}

/** Only what differs: a field that is left out stays as it is, and null empties it. */
export function changesOf(order: Editable, draft: Draft): Pick<UpdateOrderInput, keyof Draft> {
  const before = draftOf(order);
  const texts = (["customerName", "customerEmail", "externalReference", "notes"] as const).filter((name) => draft[name].trim() !== before[name]);
  const tags = tagsIn(draft.tags);
  const changed = tags.join("\n") !== [...order.tags].sort().join("\n");
  return { ...Object.fromEntries(texts.map((name) => [name, draft[name].trim() || null])), ...(changed && { tags }) };
}

/** Sorted, each once. */
export function tagsIn(text: string): string[] {
  return [...new Set(text.split(",").map((tag) => tag.trim()).filter(Boolean))].sort();
}
