import { expect, it } from "vitest";
import { perMinute } from "./rate";

const at = "2026-01-01T12:00:30Z";
const since = "2026-01-01T11:00:00Z";
const interval = (begin: string, orders: number) => ({ begin: `2026-01-01T${begin}Z`, orders, revenue: [] });

it("is the average of the last five minutes and the running one", () => {
  const intervals = [interval("11:00:00", 900), ...["11:55:00", "11:56:00", "11:57:00", "11:58:00", "11:59:00"].map((begin) => interval(begin, 10)), interval("12:00:00", 5)];
  expect(perMinute({ intervals, at, until: at, countedFrom: since })).toBe(55 / 5.5);
});

it("takes a longer interval as it is", () => {
  expect(perMinute({ intervals: [interval("11:45:00", 31)], at, until: at, countedFrom: since })).toBe(2);
});

it("is unknown for a period that has ended, or has just begun", () => {
  expect(perMinute({ intervals: [interval("11:00:00", 9)], at, until: "2026-01-01T12:00:00Z", countedFrom: since })).toBeUndefined();
  expect(perMinute({ intervals: [interval("12:00:00", 9)], at, until: at, countedFrom: since })).toBeUndefined();
});

it("leaves out the part of an interval that is not counted", () => {
  expect(perMinute({ intervals: [interval("11:45:00", 20)], at, until: at, countedFrom: "2026-01-01T11:50:30Z" })).toBe(2);
  expect(perMinute({ intervals: [interval("11:45:00", 20)], at, until: at, countedFrom: "2026-01-01T11:59:30Z" })).toBeUndefined();
});
