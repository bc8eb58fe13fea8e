import { expect, it } from "vitest";
import { EVERYTHING, type Filter, matches, readFilter, whereOf, writeFilter } from "./filter";
import type { BoardOrderFragment } from "../api/generated";

const some: Filter = { statuses: ["NEW", "PAID"], currency: "EUR", least: "12.50", text: "ada löv" };
const order = (amount: string, currency = "EUR", status = "NEW") => ({ status, total: { amount, currency } }) as BoardOrderFragment;

it("is read from an address as it was written, and leaves other parameters unchanged", () => {
  const written = writeFilter(new URLSearchParams("order=A&status=SHIPPED"), some);

  expect(readFilter(written)).toEqual(some);
  expect(written.get("order")).toBe("A");
  expect(writeFilter(written, EVERYTHING).toString()).toBe("order=A");
});

it("leaves out invalid values of an address", () => {
  expect(readFilter(new URLSearchParams("status=LOST&currency=euro&least=1e9"))).toEqual(EVERYTHING);
});

it("sends only what is set", () => {
  expect(whereOf(EVERYTHING)).toEqual({});
  expect(whereOf(some)).toEqual({ status: { in: ["NEW", "PAID"] }, currency: { eq: "EUR" }, total: { gte: "12.50" }, text: "ada löv" });
});

it.each([
  ["12.50", true],
  ["12.49", false],
  ["12.5", true],
  ["9007199254740993.01", true],
  ["9", false],
])("compares %s with the least total exactly", (amount, matching) => {
  expect(matches({ ...EVERYTHING, least: "12.50" }, order(amount))).toBe(matching);
});

it("requires one of the statuses, and the currency", () => {
  expect(matches(some, order("20.00"))).toBe(true);
  expect(matches(some, order("20.00", "EUR", "SHIPPED"))).toBe(false);
  expect(matches(some, order("20.00", "USD"))).toBe(false);
});
