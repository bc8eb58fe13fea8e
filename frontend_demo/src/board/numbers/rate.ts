/** Orders per minute, from the statistics' newest intervals. Pure. */
import type { BoardNumbersFragment } from "../../api/generated";

const AT_LEAST_MS = 5 * 60_000;

/** On average over the last five minutes, or the last intervals if they are longer. Undefined for a period that has ended, or if fewer minutes are counted. */
export function perMinute({ intervals, at, until, countedFrom }: Pick<BoardNumbersFragment, "intervals" | "at" | "until" | "countedFrom">): number | undefined {
  const now = Date.parse(at);
  const first = Date.parse(countedFrom);
  if (Date.parse(until) < now) return undefined;
  let orders = 0;
  for (const interval of [...intervals].reverse()) {
    orders += interval.orders;
    const ms = now - Math.max(first, Date.parse(interval.begin));
    if (ms >= AT_LEAST_MS) return orders / (ms / 60_000);
  }
  return undefined;
}
