import { expect, it } from "vitest";
import { csvNamed, csvOf } from "./export";
import { EVERYTHING } from "./filter";

it("has the filter of the list in the words of REST", () => {
  expect(csvOf(EVERYTHING)).toBe("/api/orders.csv");
  const address = csvOf({ statuses: ["NEW", "PAID"], processing: ["FAILED"], currency: "EUR", least: "1", most: "9.50", tag: "a & b", from: "2026-01-01", to: "2026-01-31", text: " tea " });
  expect([...new URLSearchParams(address.split("?")[1])]).toEqual([
    ["status", "NEW"],
    ["status", "PAID"],
    ["processing_status", "FAILED"],
    ["currency", "EUR"],
    ["total_least", "1"],
    ["total_most", "9.50"],
    ["tag", "a & b"],
    ["created_from", new Date(2026, 0, 1).toISOString()],
    ["created_before", new Date(2026, 1, 1).toISOString()],
    ["search", "tea"],
  ]);
});

it("names chosen orders", () => {
  expect(csvNamed(["A-1", "B-2"])).toBe("/api/orders.csv?number=A-1&number=B-2");
});
