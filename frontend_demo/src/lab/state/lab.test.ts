import { describe, expect, test } from "vitest";
import { NO_BACKLOG, caughtUp, looked, points } from "./backlog";
import { type EffectCount, receivedHere, scoreOf } from "./score";
import { NOTHING_RECEIVED, median, counted } from "./tally";

describe("a backlog", () => {
  const after = (...lefts: number[]) => lefts.reduce(looked, NO_BACKLOG);

  test("is caught up from its peak on", () => {
    expect(caughtUp(after(0, 10, 40))).toBeUndefined();
    expect(caughtUp(after(0, 10, 40, 30))).toBe(0.25);
    expect(caughtUp(after(0, 10, 40, 30, 4))).toBe(0.9);
    expect(caughtUp(after(0, 40, 30, 0))).toBeUndefined();
  });

  test("starts again when nothing is left", () => {
    expect(after(40, 0, 8, 4).peak).toBe(8);
    expect(caughtUp(after(40, 0, 8, 4))).toBe(0.5);
  });

  test("shows no bar for a few deliveries", () => {
    expect(caughtUp(after(3, 1))).toBeUndefined();
  });

  test("keeps a minute, and draws it from the right", () => {
    const long = after(...Array.from({ length: 200 }, (_, index) => index));
    expect([long.samples.length, long.samples[0]]).toEqual([60, 140]);
    expect(points(after(0, 8), 118, 16)).toBe("116,16 118,0");
    expect(points(NO_BACKLOG, 118, 16)).toBe("");
  });
});

describe("a tally", () => {
  const of = (...sequences: number[]) => sequences.reduce((tally, sequence) => counted(tally, String(sequence), sequence), NOTHING_RECEIVED);

  test("has nothing missed and nothing doubled if each event came once", () => {
    expect(of(41, 42, 43)).toMatchObject({ received: 3, missed: 0, doubled: 0, delays: [41, 42, 43] });
  });

  test("counts missed and repeated events", () => {
    expect(of(41, 44, 44, 42)).toMatchObject({ received: 2, missed: 2, doubled: 2 });
  });

  test("counts beyond what a double can hold", () => {
    const big = counted(counted(NOTHING_RECEIVED, "9007199254740993", undefined), "9007199254740994", undefined);
    expect(big).toMatchObject({ received: 2, missed: 0, doubled: 0, delays: [] });
  });

  test("knows its median", () => {
    expect([median([9, 1, 5]), median([])]).toEqual([5, undefined]);
  });
});

test("a score combines the server's counts and this page's events", () => {
  const effect = (lost: number, doubled: number): EffectCount => ({ kind: "MAIL", expected: 9, done: 1, waiting: 2, dead: 1, skipped: 0, lost, doubled });
  expect(scoreOf([effect(0, 0), effect(2, 1)], { ...NOTHING_RECEIVED, missed: 3, doubled: 4 })).toEqual({ lost: 5, doubled: 5, waiting: 4, dead: 2 });
  const places = { ...effect(0, 0), kind: "PLACE", expected: 12, done: 9 } as const;
  const here = { expected: 9, done: 6, waiting: 1, dead: 0, skipped: 0, lost: 2, doubled: 1 };
  expect(receivedHere([places], { ...NOTHING_RECEIVED, received: 6, missed: 2, doubled: 1 })).toEqual(here);
  expect(receivedHere([places], { ...NOTHING_RECEIVED, received: 11 })).toMatchObject({ expected: 11, done: 11, waiting: 0 });
  expect(scoreOf([], NOTHING_RECEIVED)).toEqual({ lost: 0, doubled: 0, waiting: 0, dead: 0 });
});
