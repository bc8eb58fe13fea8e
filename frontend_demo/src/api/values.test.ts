import { expect, it } from "vitest";
import { decimal, isSum, sumOf, wholeNumber } from "./values";

it.each([["2", 2], [" 12 ", 12], ["-1", -1], ["0", 0]])("reads %j as a whole number", (text, value) => {
  expect(wholeNumber(text)).toEqual({ value });
});

it.each(["", "2.5", "two", "1e3", "0x10", "１"])("refuses %j as a whole number", (text) => {
  expect(wholeNumber(text)).toHaveProperty("problem", expect.stringContaining("Must be a whole number"));
});

it("reports a number beyond GraphQL's Int", () => {
  expect(wholeNumber("99999999999")).toEqual({ problem: "Must be at most 1000000." });
});

it.each(["12.50", "0", "-1", "0.1234567890123456789", "99999999.99"])("keeps every digit of %s", (text) => {
  expect(decimal(` ${text} `)).toEqual({ value: text });
});

it.each(["12,50", "1.234,50", "1 234,5"])("recognises a decimal comma in %s", (text) => {
  expect(decimal(text)).toEqual({ problem: `Must have a decimal point, not a comma: 12.50; it is “${text}”.` });
});

it.each(["", "€ 12.50", "1e3", ".5", "5.", "NaN", "1,234.50", "1".repeat(41)])("says that %j is no decimal number", (text) => {
  expect(decimal(text)).toHaveProperty("problem", expect.stringContaining("Must be a plain decimal number"));
});

it("adds decimals exactly", () => {
  expect(isSum([{ amount: "0.1", times: 1 }, { amount: "0.20", times: 1 }], "0.3")).toBe(true);
  expect(isSum([{ amount: "12.50", times: 2 }, { amount: "4.95", times: 1 }], "29.95")).toBe(true);
  expect(isSum([{ amount: "12.50", times: 2 }], "24.99")).toBe(false);
  expect(isSum([], "0.00")).toBe(true);
  expect(isSum([], "0.01")).toBe(false);
});

it.each([
  [[], "0"],
  [[{ amount: "0.1", times: 3 }], "0.3"],
  [[{ amount: "12.5", times: 2 }, { amount: "0.05", times: 1 }], "25.05"],
  [[{ amount: "-0.05", times: 1 }], "-0.05"],
  [[{ amount: "99999999.99", times: 1_000_000 }], "99999999990000.00"],
])("sums %j up to %s", (parts, sum) => {
  expect(sumOf(parts)).toBe(sum);
});
