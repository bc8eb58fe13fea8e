import { expect, it } from "vitest";
import { uncountedTo, wholePeriod } from "./period";

const interval = (begin: string) => ({ begin, orders: 2, revenue: [] });
const HOUR = 3_600;
const seconds = (time: string) => Date.parse(time) / 1000;

it("shows the intervals that are not counted, without a number", () => {
  const [last, newest] = [interval("2026-03-01T12:00:00Z"), interval("2026-03-01T13:00:00Z")];
  expect(wholePeriod({ since: "2026-03-01T10:20:00Z", intervalSeconds: HOUR, intervals: [last, newest] })).toEqual([
    { begin: seconds("2026-03-01T10:00:00Z"), counted: undefined },
    { begin: seconds("2026-03-01T11:00:00Z"), counted: undefined },
    { begin: seconds("2026-03-01T12:00:00Z"), counted: last },
    { begin: seconds("2026-03-01T13:00:00Z"), counted: newest },
  ]);
});

it("shows those of a whole count as they are", () => {
  const only = interval("2026-03-01T10:00:00Z");
  expect(wholePeriod({ since: "2026-03-01T10:20:00Z", intervalSeconds: HOUR, intervals: [only] })).toEqual([{ begin: seconds(only.begin), counted: only }]);
});

it("knows until when nothing is counted", () => {
  const countedFrom = "2026-03-01T12:10:00Z";
  expect(uncountedTo({ isComplete: false, countedFrom })).toBe(seconds(countedFrom));
  expect(uncountedTo({ isComplete: true, countedFrom })).toBeUndefined();
});
