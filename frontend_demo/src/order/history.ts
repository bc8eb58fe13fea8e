/** An order's history for people: the changes of each event, without data for programs. Pure. */
import type { LifeEventFragment, OrderRisk, ProcessingStep } from "../api/generated";

export interface Entry {
  readonly key: string;
  readonly event: LifeEventFragment;
  /** Consecutive events of the background work are one entry: its steps, and their findings. */
  readonly steps: readonly ProcessingStep[];
  readonly risks: readonly OrderRisk[];
  readonly changes: LifeEventFragment["changes"];
}

const FOR_PROGRAMS = new Set(["version", "updatedAt", "paidAt", "shippedAt", "deliveredAt", "cancelledAt"]);
const isWork = ({ type }: LifeEventFragment) => type === "ORDER_PROCESSING";

/** Oldest first, like the events. */
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
  return { key: event.id, event, steps: event.processingStep ? [event.processingStep] : [], risks: event.risks, changes: event.changes.filter(({ field }) => !FOR_PROGRAMS.has(field)) };
}

/** One field's changes become one: from its first value to its last. */
function joined(entry: Entry, event: LifeEventFragment): Entry {
  const next = entryOf(event);
  const changes = new Map(entry.changes.map((change) => [change.field, change]));
  for (const change of next.changes) changes.set(change.field, { ...change, before: changes.get(change.field)?.before ?? change.before });
  return { ...entry, steps: [...entry.steps, ...next.steps], risks: [...entry.risks, ...next.risks], changes: [...changes.values()] };
}
