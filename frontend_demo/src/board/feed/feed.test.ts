import { describe, expect, it } from "vitest";
import type { BoardEventFragment, BoardOrderFragment, OrderStatus } from "../../api/generated";
import { EVERYTHING, type Filter } from "../filter/filter";
import { sampleOrder } from "../filter/sampleOrder";
import { ROWS_MAX, apply, fromPage, withOlder, type Feed } from "./feed";

function order(number: number, changes: Partial<BoardOrderFragment> = {}): BoardOrderFragment {
  const createdAt = new Date(Date.UTC(2026, 0, 1) + number * 1000).toISOString();
  return sampleOrder(number, createdAt, { customerName: "Ada", customerEmail: "ada@example.com", ...changes });
}

function created(sequence: number, of: BoardOrderFragment): BoardEventFragment {
  return { sequence: `${sequence}`, cursor: `cursor-${sequence}`, type: "ORDER_CREATED", occurredAt: of.updatedAt, changedFields: [], order: of };
}

function moved(sequence: number, of: BoardOrderFragment, status: OrderStatus = "PAID"): BoardEventFragment {
  return { ...created(sequence, { ...of, status, version: of.version + 1 }), type: "ORDER_PAID", changedFields: ["status", "version"] };
}

function page(nodes: readonly BoardOrderFragment[], more = false, filter: Filter = EVERYTHING): Feed {
  return fromPage({ eventCursor: "cursor-0", pageInfo: { hasNextPage: more, endCursor: "end" }, nodes: [...nodes] }, filter);
}

const older = (nodes: readonly BoardOrderFragment[], more = false) => ({ eventCursor: "later", pageInfo: { hasNextPage: more, endCursor: "end-2" }, nodes: [...nodes] });
const numbers = (feed: Feed) => feed.orders.map((row) => row.number);
const paid: Filter = { ...EVERYTHING, statuses: ["PAID"] };

describe("apply", () => {
  it("puts an arriving order on top and moves the cursor", () => {
    const feed = apply(page([order(1)]), [created(5, order(2))]);

    expect(numbers(feed)).toEqual(["N-2", "N-1"]);
    expect(feed).toMatchObject({ cursor: "cursor-5", sequence: 5n, arrived: 1 });
  });

  it("treats an event that was seen before as a repeat", () => {
    const feed = apply(page([]), [created(5, order(1))]);

    expect(apply(feed, [created(5, order(1)), created(4, order(0))])).toBe(feed);
  });

  it("does not count an order twice that the page already has", () => {
    const feed = apply(page([order(1)]), [created(1, order(1))]);

    expect(numbers(feed)).toEqual(["N-1"]);
    expect(feed.arrived).toBe(0);
  });

  it("keeps the page's newer version of an order against an older event", () => {
    const feed = apply(page([order(1, { status: "SHIPPED", version: 3 })]), [moved(1, order(1))]);

    expect(feed.orders[0]).toMatchObject({ status: "SHIPPED", version: 3 });
  });

  it("distinguishes progress of one version by its microseconds", () => {
    const done = order(1, { processingStatus: "DONE", updatedAt: "2026-01-01T00:00:01.000900+00:00" });
    const running = order(1, { processingStatus: "RUNNING", updatedAt: "2026-01-01T00:00:01.000100+00:00" });
    const event: BoardEventFragment = { ...created(1, running), type: "ORDER_PROCESSING" };

    expect(apply(page([done]), [event]).orders[0]?.processingStatus).toBe("DONE");
  });

  it("sorts orders of the same time as the server does: by the id in the global id", () => {
    const moment = { createdAt: "2026-01-01T00:00:01+00:00" };
    const [low, high] = [order(1, { ...moment, id: btoa("Order:0f") }), order(2, { ...moment, id: btoa("Order:f0") })];

    expect(numbers(apply(page([low]), [created(1, high)]))).toEqual(["N-2", "N-1"]);
    expect(numbers(apply(page([high]), [created(1, low)]))).toEqual(["N-2", "N-1"]);
  });

  it("shows a change of a listed order in its place", () => {
    const feed = apply(page([order(2), order(1)]), [moved(7, order(1))]);

    expect(feed.orders.map((row) => row.status)).toEqual(["NEW", "PAID"]);
    expect(feed.arrived).toBe(0);
  });

  it("leaves out an order that is older than the last one read, and still moves on", () => {
    const feed = apply(page([order(2)], true), [moved(7, order(1))]);

    expect(numbers(feed)).toEqual(["N-2"]);
    expect(feed.cursor).toBe("cursor-7");
  });

  it("removes an order that leaves the filter, and adds one that enters it", () => {
    const listed = page([order(3, { status: "PAID", version: 2 }), order(1, { status: "PAID", version: 2 })], false, paid);
    const left = apply(listed, [moved(1, order(3, { status: "PAID", version: 2 }), "SHIPPED")]);
    const entered = apply(left, [moved(2, order(2))]);

    expect(numbers(left)).toEqual(["N-1"]);
    expect(numbers(entered)).toEqual(["N-2", "N-1"]);
    expect(entered.arrived).toBe(0);
  });

  it("compares sequences as numbers, beyond what a double holds", () => {
    const feed = apply(page([]), [created(9, order(1))]);
    const later = apply(feed, [{ ...created(0, order(2)), sequence: "9007199254740993" }]);

    expect(later.sequence).toBe(9007199254740993n);
  });

  it("keeps the newest rows only", () => {
    const events = Array.from({ length: ROWS_MAX + 1 }, (_, number) => created(number + 1, order(number + 1)));
    const feed = apply(page([]), events);

    expect(feed.orders).toHaveLength(ROWS_MAX);
    expect(feed.orders.at(-1)?.number).toBe("N-2");
    expect(feed.arrived).toBe(ROWS_MAX + 1);
    expect(numbers(apply(feed, [moved(ROWS_MAX + 2, order(1))]))).not.toContain("N-1");
  });

  it("reports when only the server can decide what a search finds now", () => {
    const renamed: BoardEventFragment = { ...moved(3, order(1)), type: "ORDER_CHANGED_OUT_OF_BAND", changedFields: ["customerName"] };

    expect(apply(page([order(1)]), [renamed]).outdated).toBe(false);
    expect(apply(page([order(1)], false, { ...EVERYTHING, text: "ada" }), [renamed]).outdated).toBe(true);
  });
});

describe("withOlder", () => {
  it("adds the older page and goes on from it", () => {
    const feed = withOlder(page([order(4), order(3)], true), older([order(2), order(1)]), []);

    expect(numbers(feed)).toEqual(["N-4", "N-3", "N-2", "N-1"]);
    expect(feed).toMatchObject({ older: undefined, end: undefined });
  });

  it("goes on from a page without orders, which a text search may have", () => {
    const first = fromPage({ eventCursor: "cursor-0", pageInfo: { hasNextPage: true, endCursor: "end" }, nodes: [], totalCount: 0, totalCountIsExact: false }, paid);
    const second = withOlder(first, older([], true), []);

    expect([first.older, second.older, second.total]).toEqual(["end", "end-2", { count: 0, is: "more" }]);
    expect(withOlder(second, older([]), [])).toMatchObject({ older: undefined, total: { count: 0, is: "exact" } });
    expect(withOlder(page([order(2)], true), older([], true), []).end).toMatchObject({ number: "N-2" });
  });

  it("applies what happened to older orders while the page was on its way", () => {
    const listed = page([order(9)], true, paid);
    const [left, entered] = [moved(1, order(2, { status: "PAID", version: 2 }), "SHIPPED"), moved(2, order(3))];
    const meanwhile = apply(listed, [left, entered]);
    const feed = withOlder(meanwhile, older([order(2, { status: "PAID", version: 2 }), order(1, { status: "PAID", version: 2 })]), [left, entered]);

    expect(numbers(feed)).toEqual(["N-9", "N-3", "N-1"]);
  });
});
