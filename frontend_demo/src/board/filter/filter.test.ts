import { expect, it } from "vitest";
import type { BoardOrderFragment } from "../../api/generated";
import { EVERYTHING, type Filter, isEverything, matches, outdates, readFilter, refused, whereOf, writeFilter } from "./filter";
import { sampleOrder } from "./sampleOrder";

const some: Filter = { statuses: ["NEW", "PAID"], processing: ["FAILED"], currency: "EUR", least: "12.50", most: "99", tag: "vip", from: "2026-01-05", to: "2026-01-06", text: "tea" };
const order = (amount: string, changes: Partial<BoardOrderFragment> = {}) => sampleOrder(1, new Date(2026, 0, 5, 12).toISOString(), { total: { amount, currency: "EUR" }, ...changes });

it("is read from an address as it was written, and leaves other parameters unchanged", () => {
  const written = writeFilter(new URLSearchParams("order=A&status=SHIPPED"), some);

  expect(readFilter(written)).toEqual(some);
  expect(refused(written)).toEqual([]);
  expect(written.get("order")).toBe("A");
  expect(writeFilter(written, EVERYTHING).toString()).toBe("order=A");
});

it("leaves out invalid values of an address, and names them", () => {
  const address = new URLSearchParams("status=LOST&status=NEW&currency=euro&least=1e9&from=2026-02-30&to=tomorrow&processing=OLD&order=A");

  expect(readFilter(address)).toEqual({ ...EVERYTHING, statuses: ["NEW"] });
  expect(refused(address).map(({ name, value }) => `${name}=${value}`)).toEqual(["status=LOST", "processing=OLD", "currency=euro", "least=1e9", "from=2026-02-30", "to=tomorrow"]);
});

it("sends only what is set", () => {
  expect(whereOf(EVERYTHING)).toEqual({});
  expect(whereOf({ ...EVERYTHING, text: " " })).toEqual({});
  expect(whereOf(some)).toEqual({
    status: { in: ["NEW", "PAID"] },
    processingStatus: { in: ["FAILED"] },
    currency: { eq: "EUR" },
    total: { gte: "12.50", lte: "99" },
    tags: { has: "vip" },
    createdAt: { gte: new Date(2026, 0, 5).toISOString(), lt: new Date(2026, 0, 7).toISOString() },
    text: "tea",
  });
});

it("searches the lines for the articles that the server has found", () => {
  const tea = { ...EVERYTHING, text: " tea " };
  expect(whereOf(tea, { skus: ["TEA-1", "TEA-2"], names: [] })).toEqual({ OR: [{ text: "tea" }, { lines: { sku: { in: ["TEA-1", "TEA-2"] } } }] });
  expect(whereOf(tea, { skus: [], names: ["Black tea"] })).toEqual({ OR: [{ text: "tea" }, { lines: { name: { in: ["Black tea"] } } }] });
});

it("is everything only if nothing is set", () => {
  expect(isEverything(EVERYTHING)).toBe(true);
  for (const name of Object.keys(some) as (keyof Filter)[]) expect(isEverything({ ...EVERYTHING, [name]: some[name] })).toBe(false);
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

it("requires what is set of an order that changes", () => {
  const fitting = order("20.00", { processingStatus: "FAILED", tags: ["vip"] });

  expect(matches(some, fitting)).toBe(true);
  expect(matches(some, { ...fitting, status: "SHIPPED" })).toBe(false);
  expect(matches(some, { ...fitting, processingStatus: "DONE" })).toBe(false);
  expect(matches(some, { ...fitting, total: { amount: "20.00", currency: "USD" } })).toBe(false);
  expect(matches(some, { ...fitting, total: { amount: "99.01", currency: "EUR" } })).toBe(false);
  expect(matches(some, { ...fitting, tags: [] })).toBe(false);
  expect(matches(some, { ...fitting, createdAt: new Date(2026, 0, 7).toISOString() })).toBe(false);
  expect(matches(some, { ...fitting, createdAt: new Date(2026, 0, 4, 23, 59).toISOString() })).toBe(false);
});

it("needs the server again when a change affects the search, or past the API the place", () => {
  const event = (...changedFields: string[]) => ({ sequence: "1", cursor: "c", type: "ORDER_UPDATED" as const, occurredAt: "", changedFields, order: order("1.00") });

  expect(outdates(EVERYTHING, event("customerName"))).toBe(false);
  expect(outdates({ ...EVERYTHING, text: "ada" }, event("customerName"))).toBe(true);
  expect(outdates({ ...EVERYTHING, text: "ada" }, event("status"))).toBe(false);
  expect(outdates(EVERYTHING, event("total"))).toBe(true);
});
