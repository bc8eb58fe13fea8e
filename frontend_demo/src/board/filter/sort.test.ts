import { expect, it } from "vitest";
import { sampleOrder } from "./sampleOrder";
import { NEWEST_FIRST, compare, readSort, sortedBy, writeSort } from "./sort";

const at = (number: number, createdAt: string, amount = "1.00") => sampleOrder(number, createdAt, { total: { amount, currency: "EUR" } });

it("is read from an address as it was written", () => {
  for (const text of ["placed", "-placed", "changed", "-changed", "total", "-total"]) expect(writeSort(readSort(text) ?? NEWEST_FIRST)).toBe(text);
  expect(readSort("name")).toBeUndefined();
  expect(readSort("--total")).toBeUndefined();
});

it("compares totals as numbers, and equal ones by their ids", () => {
  const largest = readSort("-total") ?? NEWEST_FIRST;
  const rows = [at(1, "2026-01-01T00:00:00Z", "9.50"), at(2, "2026-01-01T00:00:00Z", "10.00"), at(3, "2026-01-01T00:00:00Z", "9.50")];

  expect(rows.sort((left, right) => compare(largest, left, right)).map(({ number }) => number)).toEqual(["N-2", "N-3", "N-1"]);
});

it("compares times to the microsecond", () => {
  expect(compare(NEWEST_FIRST, at(1, "2026-01-01T00:00:00.000200+00:00"), at(2, "2026-01-01T00:00:00.000100+00:00"))).toBeLessThan(0);
});

it("turns around at the second click", () => {
  const largest = sortedBy("TOTAL", NEWEST_FIRST);
  expect(writeSort(largest)).toBe("-total");
  expect(writeSort(sortedBy("TOTAL", largest))).toBe("total");
  expect(writeSort(sortedBy("CREATED_AT", NEWEST_FIRST))).toBe("placed");
});
