/** An order's history for people: what each event changed, without what only programs read. Pure. */
import type { LifeEventFragment } from "../api/generated";

export interface Entry {
  readonly key: string;
  readonly event: LifeEventFragment;
  /** Events of the background work that follow one another are one entry: its steps, and what they found. */
  readonly steps: readonly string[];
  readonly risks: readonly string[];
  readonly changes: LifeEventFragment["changes"];
}

const FOR_PROGRAMS = new Set(["version", "updatedAt", "paidAt", "shippedAt", "deliveredAt", "cancelledAt"]);
const isWork = ({ type }: LifeEventFragment) => type === "ORDER_PROCESSING";

/** Oldest first, as the events are. */
export function historyOf(events: readonly LifeEventFragment[]): Entry[] {
  const entries: Entry[] = [];
  for (const event of events) {
    const last = entries.at(-1);
    if (last && isWork(event) && isWork(last.event)) entries[entries.length - 1] = joined(last, event);
    else entries.push(entryOf(event));
  }
  return entries;
}

function entryOf(event: LifeEventFragment): Entry {
  return { key: event.id, event, steps: event.step ? [event.step] : [], risks: event.risks, changes: event.changes.filter(({ field }) => !FOR_PROGRAMS.has(field)) };
}

/** One field's changes become one: from its first value to its last. */
function joined(entry: Entry, event: LifeEventFragment): Entry {
  const next = entryOf(event);
  const changes = new Map(entry.changes.map((change) => [change.field, change]));
  for (const change of next.changes) changes.set(change.field, { ...change, before: changes.get(change.field)?.before ?? change.before });
  return { ...entry, steps: [...entry.steps, ...next.steps], risks: [...entry.risks, ...next.risks], changes: [...changes.values()] };
}
