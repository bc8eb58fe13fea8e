import { describe, expect, test } from "vitest";
import type { LifeDeliveryFragment, LifeEventFragment } from "../../api/generated";
import { type Row, position, ticks, waterfall } from "./waterfall";

const BEGIN = Date.parse("2026-11-28T12:00:00Z");
const at = (ms: number) => new Date(BEGIN + ms).toISOString();

function event(ms: number, fields: Partial<LifeEventFragment> = {}): LifeEventFragment {
  return { id: `e${ms}`, sequence: "1", type: "ORDER_CREATED", actor: "demo", occurredAt: at(ms), numberedAt: at(ms + 10), processingStep: null, risks: [], changes: [], ...fields };
}

function delivery(receiver: string, started: number | null, finished: number | null, fields: Partial<LifeDeliveryFragment> = {}): LifeDeliveryFragment {
  return {
    id: receiver,
    receiver,
    status: finished === null ? (started === null ? "PENDING" : "RUNNING") : "SUCCEEDED",
    attempts: 1,
    maxAttempts: 10,
    openedAt: at(10),
    startedAt: started === null ? null : at(started),
    finishedAt: finished === null ? null : at(finished),
    nextAttemptAt: null,
    mailPath: null,
    failed: null,
    event: { id: "e0" },
    ...fields,
  };
}

const lay = (deliveries: LifeDeliveryFragment[], { now = 5_000, steps = [] as LifeEventFragment[], moments = {} } = {}) => waterfall(event(0), deliveries, steps, moments, BEGIN + now);
const row = (rows: readonly Row[], name: string) => rows.find((one) => one.name === name || one.kind === name);

describe("finished work", () => {
  test("each receiver waits from its opening and works to its end, in the order of their beginnings", () => {
    const { rows, spanMs, scale } = lay([delivery("processing", 40, 90), delivery("audit", 15, 20)]);
    expect(rows.map(({ kind, name }) => name || kind)).toEqual(["commit", "audit", "processing"]);
    expect(row(rows, "audit")?.segments).toEqual([
      { kind: "wait", from: 10, to: 15 },
      { kind: "work", from: 15, to: 20 },
    ]);
    expect([row(rows, "commit")?.ms, row(rows, "processing")?.ms, spanMs, scale]).toEqual([10, 90, 90, "linear"]);
  });

  test("steps follow their receiver, each from the end of the one before", () => {
    const steps = [event(42, { type: "ORDER_PROCESSING" }), event(50, { processingStep: "CHECK_RISK" }), event(85, { processingStep: "CONFIRM" }), event(88)];
    const { rows } = lay([delivery("processing", 40, 90)], { steps });
    expect(rows.filter(({ kind }) => kind === "step").map(({ name, segments, ms }) => [name, segments[0]?.from, segments[0]?.to, ms])).toEqual([
      ["CHECK_RISK", 42, 50, 8],
      ["CONFIRM", 50, 85, 35],
    ]);
  });

  test("this page's own times come first and last", () => {
    const { rows } = lay([delivery("audit", 15, 20)], { moments: { askedAt: BEGIN - 5, answeredAt: BEGIN + 12, seenAt: BEGIN + 30 } });
    expect(rows.map(({ kind }) => kind)).toEqual(["request", "commit", "receiver", "screen"]);
    expect(rows[0]?.segments).toEqual([{ kind: "work", from: 0, to: 17 }]);
    expect([row(rows, "audit")?.ms, row(rows, "screen")?.ms]).toEqual([25, 35]);
  });

  test("a screen whose clock is behind saw it no earlier than it was numbered", () => {
    expect(row(lay([], { moments: { seenAt: BEGIN - 9_000 } }).rows, "screen")?.segments).toEqual([{ kind: "work", from: 10, to: 10 }]);
  });
});

describe("unfinished work", () => {
  test("an unclaimed delivery waits until now", () => {
    const { rows } = lay([delivery("audit", null, null)], { now: 700 });
    expect([row(rows, "audit")?.segments, row(rows, "audit")?.ms]).toEqual([[{ kind: "wait", from: 10, to: 700 }], undefined]);
  });

  test("a failed delivery waits for its next attempt, and a dead one for nothing", () => {
    const failed = { failed: { code: "FAILED" as const, message: "" } };
    const retrying = lay([delivery("audit", 100, 120, { status: "RETRYING", attempts: 3, ...failed })], { now: 2_000 }).rows[1];
    expect(retrying?.segments.map(({ kind }) => kind)).toEqual(["next", "failed", "next"]); // two attempts went before
    expect([retrying?.segments[2]?.to, retrying?.ms]).toEqual([2_000, undefined]);
    const dead = lay([delivery("audit", 100, 120, { status: "DEAD", ...failed })]).rows[1];
    expect([dead?.segments.map(({ kind }) => kind), dead?.ms]).toEqual([["wait", "failed"], 120]);
  });

  test("a running attempt is work, whatever the result of the one before", () => {
    const { rows } = lay([delivery("audit", 100, null, { attempts: 2, failed: { code: "FAILED", message: "" } })], { now: 300 });
    expect(rows[1]?.segments[1]).toEqual({ kind: "work", from: 100, to: 300 });
  });
});

describe("work at another time", () => {
  test("an event that was recorded days later begins at its recording", () => {
    const { rows, writtenLaterMs } = waterfall(event(-86_400_000, { numberedAt: at(10) }), [delivery("audit", 15, 20)], [], {}, BEGIN);
    expect(writtenLaterMs).toBe(86_400_010);
    expect(row(rows, "audit")?.ms).toBe(10);
  });

  test("a replayed delivery is drawn as if it had been immediate, and shows when it was", () => {
    const { rows } = lay([delivery("audit", 7_200_020, 7_200_030, { openedAt: at(7_200_010) })], { now: 8_000_000 });
    expect([rows[1]?.againAfterMs, rows[1]?.ms]).toEqual([7_200_000, 30]);
  });

  test("an event from before numbering times were kept was numbered when its first delivery was opened", () => {
    expect(waterfall(event(0, { numberedAt: null }), [delivery("audit", 15, 20)], [], {}, BEGIN).rows[0]?.ms).toBe(10);
  });
});

describe("the axis", () => {
  test("is linear up to three seconds, with at most six ticks", () => {
    for (const spanMs of [20, 87, 240, 999, 2_999]) {
      const found = ticks({ spanMs, scale: "linear" });
      expect([found[0], found.length >= 3, found.length <= 6, (found.at(-1) ?? 0) <= spanMs]).toEqual([0, true, true, true]);
    }
    expect(position(50, { spanMs: 200, scale: "linear" })).toBe(0.25);
  });

  test("is logarithmic beyond, and keeps order and edges", () => {
    const axis = { spanMs: 400_000, scale: "log" } as const;
    const places = ticks(axis).map((ms) => position(ms, axis));
    expect(places).toEqual([...places].sort((left, right) => left - right));
    expect([position(0, axis), position(400_000, axis), position(-5, axis), position(9e9, axis)]).toEqual([0, 1, 0, 1]);
    expect(lay([delivery("audit", 15, 9_000)]).scale).toBe("log");
  });
});
