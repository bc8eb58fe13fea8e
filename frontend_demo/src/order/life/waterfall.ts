/** The effects of one event, laid out in time. Pure: from the server's data and what this page saw. */
import type { LifeDeliveryFragment, LifeEventFragment } from "../../api/generated";
import type { Moments } from "../../api/moments";

export type SegmentKind = "wait" | "work" | "failed" | "next";

/** From and to, in milliseconds since the beginning. */
export interface Segment {
  readonly kind: SegmentKind;
  readonly from: number;
  readonly to: number;
}

export interface Row {
  readonly key: string;
  readonly kind: "request" | "commit" | "receiver" | "step" | "screen";
  /** The receiver's or the step's name. */
  readonly name: string;
  readonly segments: readonly Segment[];
  /** Its duration, or when it came about; undefined while it runs. */
  readonly ms: number | undefined;
  readonly delivery?: LifeDeliveryFragment;
  /** It was opened again so long after the event, and is drawn as if it had been immediate. */
  readonly againAfterMs?: number;
}

export interface Waterfall {
  readonly rows: readonly Row[];
  readonly spanMs: number;
  readonly scale: "linear" | "log";
  /** The event was recorded so long after it happened: demo data, or an import. The picture begins at the recording. */
  readonly writtenLaterMs: number | undefined;
}

const LATER_MS = 60_000;
const LINEAR_UP_TO_MS = 3_000;
const LOG_UNIT_MS = 10;
const TICKS_MAX = 6;
const SHORTEST_SPAN_MS = 20;
const STEPPED_RECEIVER = "processing";
const UNFINISHED = new Set(["PENDING", "RUNNING", "RETRYING"]);

export const isUnfinished = ({ status }: Pick<LifeDeliveryFragment, "status">): boolean => UNFINISHED.has(status);

/**
 * `deliveries` are the event's own; `steps` the events of the background work, oldest first, if this event began it.
 */
export function waterfall(event: LifeEventFragment, deliveries: readonly LifeDeliveryFragment[], steps: readonly LifeEventFragment[], moments: Moments, now: number): Waterfall {
  const occurred = Date.parse(event.occurredAt);
  const numbered = numberedAt(event, deliveries) ?? now;
  const later = numbered - occurred > LATER_MS ? numbered - occurred : undefined;
  const written = later === undefined ? occurred : numbered;
  const origin = Math.min(written, moments.askedAt ?? written);
  const at = (time: number) => Math.max(time - origin, 0);

  const rows: Row[] = [];
  if (moments.askedAt !== undefined && moments.answeredAt !== undefined) {
    rows.push({ key: "request", kind: "request", name: "", segments: [{ kind: "work", from: at(moments.askedAt), to: at(moments.answeredAt) }], ms: moments.answeredAt - moments.askedAt });
  }
  rows.push({ key: "commit", kind: "commit", name: "", segments: [{ kind: "work", from: at(written), to: at(numbered) }], ms: numbered - written });
  for (const delivery of [...deliveries].sort(byStart)) {
    rows.push(receiverRow(delivery, numbered, at, now));
    if (delivery.receiver === STEPPED_RECEIVER) rows.push(...stepRows(steps, delivery, at));
  }
  if (moments.seenAt !== undefined) {
    const seen = Math.max(moments.seenAt, numbered); // another machine's clock may be behind
    rows.push({ key: "screen", kind: "screen", name: "", segments: [{ kind: "work", from: at(numbered), to: at(seen) }], ms: at(seen) });
  }
  const spanMs = Math.max(...rows.flatMap(({ segments }) => segments.map(({ to }) => to)), SHORTEST_SPAN_MS);
  return { rows, spanMs, scale: spanMs > LINEAR_UP_TO_MS ? "log" : "linear", writtenLaterMs: later };
}

/** For events from before this was recorded: the time at which the first of their deliveries was opened. */
function numberedAt(event: LifeEventFragment, deliveries: readonly LifeDeliveryFragment[]): number | undefined {
  if (event.numberedAt) return Date.parse(event.numberedAt);
  return deliveries.length ? Math.min(...deliveries.map(({ openedAt }) => Date.parse(openedAt))) : undefined;
}

function byStart(left: LifeDeliveryFragment, right: LifeDeliveryFragment): number {
  return (left.startedAt ? Date.parse(left.startedAt) : Infinity) - (right.startedAt ? Date.parse(right.startedAt) : Infinity) || left.receiver.localeCompare(right.receiver);
}

function receiverRow(delivery: LifeDeliveryFragment, numbered: number, at: (time: number) => number, now: number): Row {
  const opened = Date.parse(delivery.openedAt);
  const shift = opened - numbered > LATER_MS ? opened - numbered : 0;
  const place = (time: number) => at(time - shift);
  const started = delivery.startedAt ? Date.parse(delivery.startedAt) : undefined;
  const finished = delivery.finishedAt ? Date.parse(delivery.finishedAt) : undefined;
  const failedBefore = delivery.attempts > 1; // only the number of those is kept
  const segments: Segment[] = [{ kind: failedBefore ? "next" : "wait", from: place(opened), to: place(Math.max(started ?? finished ?? now, opened)) }];
  if (started !== undefined) segments.push({ kind: delivery.failed && delivery.status !== "RUNNING" ? "failed" : "work", from: place(started), to: place(finished ?? now) });
  if (delivery.status === "RETRYING" && finished !== undefined) segments.push({ kind: "next", from: place(finished), to: place(Math.max(now, finished)) });
  return {
    key: delivery.id,
    kind: "receiver",
    name: delivery.receiver,
    segments,
    ms: isUnfinished(delivery) || finished === undefined ? undefined : place(finished),
    delivery,
    ...(shift && { againAfterMs: shift }),
  };
}

/** Each step from the end of the one before to its own end; the first begins with the work. */
function stepRows(steps: readonly LifeEventFragment[], delivery: LifeDeliveryFragment, at: (time: number) => number): Row[] {
  const rows: Row[] = [];
  let from = Date.parse(steps[0]?.occurredAt ?? delivery.openedAt);
  for (const { id, processingStep: step, occurredAt } of steps) {
    const to = Date.parse(occurredAt);
    if (step) rows.push({ key: id, kind: "step", name: step, segments: [{ kind: "work", from: at(from), to: at(to) }], ms: to - from });
    from = to;
  }
  return rows;
}

/** The position of a time between the left edge, 0, and the right, 1. */
export function position(ms: number, { spanMs, scale }: Pick<Waterfall, "spanMs" | "scale">): number {
  const reach = (value: number) => (scale === "log" ? Math.log1p(value / LOG_UNIT_MS) : value);
  return Math.min(Math.max(reach(ms) / reach(spanMs), 0), 1);
}

/** The axis: at most six round times, the first at 0. */
export function ticks({ spanMs, scale }: Pick<Waterfall, "spanMs" | "scale">): number[] {
  if (scale === "log") return [0, 100, 1_000, 10_000, 60_000, 600_000, 3_600_000, 86_400_000].filter((ms) => ms <= spanMs).slice(0, TICKS_MAX);
  const rough = spanMs / 5;
  const size = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * size).find((one) => one >= rough) ?? rough;
  return Array.from({ length: Math.floor(spanMs / step) + 1 }, (_, index) => index * step);
}
