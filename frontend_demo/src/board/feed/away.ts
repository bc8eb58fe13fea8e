/** Counts what happened while the connection was lost, from the events that come afterwards, by their times. Pure. */
import type { BoardEventFragment } from "../../api/generated";

export interface Away {
  /** On the server's clock: when the connection was open again. Earlier events were missed. */
  readonly until: number;
  readonly lostMs: number;
  /** Distinct orders that were placed, and other events. */
  readonly placed: ReadonlySet<string>;
  readonly changes: number;
  /** A newer event has come: all missed events are here. */
  readonly over: boolean;
  /** There were too many events to receive one by one, so the page was reloaded. */
  readonly more: boolean;
}

export function beginAway(until: number, lostMs: number): Away {
  return { until, lostMs, placed: new Set(), changes: 0, over: false, more: false };
}

export function countAway(away: Away, events: readonly BoardEventFragment[]): Away {
  if (away.over) return away;
  const placed = new Set(away.placed);
  let changes = away.changes;
  let over = false;
  for (const { type, occurredAt, order } of events) {
    if (Date.parse(occurredAt) >= away.until) over = true;
    else if (type === "ORDER_CREATED") placed.add(order.id);
    else if (type !== "ORDER_PROCESSING") changes++;
  }
  return { ...away, placed, changes, over };
}

const SHORT_MS = 5_000;

/** A socket that was replaced immediately and missed nothing is not reported. */
export function isWorthSaying({ placed, changes, more, lostMs }: Away): boolean {
  return more || placed.size > 0 || changes > 0 || lostMs >= SHORT_MS;
}
