import { expect, it } from "vitest";
import { csvNamed, csvOf } from "./export";
import { EVERYTHING } from "../filter/filter";
import { NEWEST_FIRST, type Sort } from "../filter/sort";

const LARGEST_FIRST: Sort = { field: "TOTAL", direction: "DESC" };

it("has the filter and the sort of the list in the words of REST", () => {
  expect(csvOf(EVERYTHING, NEWEST_FIRST)).toBe("/api/orders.csv?spreadsheet=point");
  const address = csvOf({ statuses: ["NEW", "PAID"], processing: ["FAILED"], currency: "EUR", least: "1", most: "9.50", tag: "a & b", from: "2026-01-01", to: "2026-01-31", text: " tea " }, LARGEST_FIRST);
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
    ["sort", "-total"],
    ["spreadsheet", "point"],
  ]);
});

it("joins the parts of many chosen orders under one head, in their order", async () => {
  const numbers = Array.from({ length: 450 }, (_, index) => `N-${index}`);
  const asked: string[] = [];
  const read = (address: string) => {
    asked.push(address);
    const named = new URLSearchParams(address.split("?")[1]).getAll("number");
    return Promise.resolve(["number", ...named, ""].join("\r\n"));
  };

  expect(await csvNamed(numbers, LARGEST_FIRST, read)).toBe(["number", ...numbers, ""].join("\r\n"));
  expect(asked).toHaveLength(3);
  expect(asked[2]).toBe(`/api/orders.csv?${new URLSearchParams([...numbers.slice(400).map((number) => ["number", number]), ["sort", "-total"], ["spreadsheet", "point"]])}`);
});

it("does not save a part of the orders", async () => {
  await expect(csvNamed(["A", "B"], NEWEST_FIRST, () => Promise.reject(new Error("503")))).rejects.toThrow("503");
});
