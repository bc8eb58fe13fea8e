import { describe, expect, it } from "vitest";
import type { BoardEventFragment, BoardOrderFragment } from "./api/generated";
import { ROWS_MAX, apply, fromPage, type Feed } from "./feed";

function order(number: number, changes: Partial<BoardOrderFragment> = {}): BoardOrderFragment {
  const createdAt = new Date(Date.UTC(2026, 0, 1) + number * 1000).toISOString();
  return {
    id: `order-${number}`, number: `N-${number}`, customerName: "Ada", customerEmail: "ada@example.com", status: "NEW",
    processingStatus: "PENDING", version: 1, createdAt, updatedAt: createdAt, total: { amount: "1.00", currency: "EUR" }, lines: [],
    ...changes,
  };
}

function created(sequence: number, of: BoardOrderFragment): BoardEventFragment {
  return { sequence: `${sequence}`, cursor: `cursor-${sequence}`, type: "ORDER_CREATED", order: of };
}

function paid(sequence: number, of: BoardOrderFragment): BoardEventFragment {
  return { ...created(sequence, { ...of, status: "PAID", version: of.version + 1 }), type: "ORDER_PAID" };
}

function page(...nodes: BoardOrderFragment[]): Feed {
  return fromPage({ eventCursor: "cursor-0", nodes });
}

const numbers = (feed: Feed) => feed.orders.map((row) => row.number);

describe("apply", () => {
  it("puts an arriving order on top and moves the cursor", () => {
    const feed = apply(page(order(1)), created(5, order(2)));

    expect(numbers(feed)).toEqual(["N-2", "N-1"]);
    expect(feed).toMatchObject({ cursor: "cursor-5", sequence: 5n, arrived: 1 });
  });

  it("takes an event that was seen before for a repeat", () => {
    const feed = apply(page(), created(5, order(1)));

    expect(apply(feed, created(5, order(1)))).toBe(feed);
    expect(apply(feed, created(4, order(0)))).toBe(feed);
  });

  it("does not count an order twice that the page had already", () => {
    const feed = apply(page(order(1)), created(1, order(1)));

    expect(numbers(feed)).toEqual(["N-1"]);
    expect(feed.arrived).toBe(0);
  });

  it("keeps the page's newer version of an order against an older event", () => {
    const feed = apply(page(order(1, { status: "SHIPPED", version: 3 })), paid(1, order(1)));

    expect(feed.orders[0]).toMatchObject({ status: "SHIPPED", version: 3 });
  });

  it("tells progress of one version apart by its microseconds", () => {
    const done = order(1, { processingStatus: "DONE", updatedAt: "2026-01-01T00:00:01.000900+00:00" });
    const running = order(1, { processingStatus: "RUNNING", updatedAt: "2026-01-01T00:00:01.000100+00:00" });
    const event: BoardEventFragment = { ...created(1, running), type: "ORDER_PROCESSING" };

    expect(apply(page(done), event).orders[0]?.processingStatus).toBe("DONE");
  });

  it("shows a change of a listed order in its place", () => {
    const feed = apply(page(order(2), order(1)), paid(7, order(1)));

    expect(feed.orders.map((row) => row.status)).toEqual(["NEW", "PAID"]);
    expect(feed.arrived).toBe(0);
  });

  it("leaves an order that is not listed out, and still moves on", () => {
    const feed = apply(page(order(2)), paid(7, order(1)));

    expect(numbers(feed)).toEqual(["N-2"]);
    expect(feed.cursor).toBe("cursor-7");
  });

  it("compares sequences as numbers, beyond what a double holds", () => {
    const feed = apply(page(), created(9, order(1)));
    const later = apply(feed, { ...created(0, order(2)), sequence: "9007199254740993" });

    expect(later.sequence).toBe(9007199254740993n);
  });

  it("keeps the newest rows only", () => {
    let feed = page();
    for (let number = 1; number <= ROWS_MAX + 1; number++) feed = apply(feed, created(number, order(number)));

    expect(feed.orders).toHaveLength(ROWS_MAX);
    expect(feed.orders.at(-1)?.number).toBe("N-2");
    expect(feed.arrived).toBe(ROWS_MAX + 1);
  });
});

describe("the law of the feed", () => {
  // The log of 40 orders, every third one paid later, and a reader that reloads or reconnects at any place of it.
  const log: BoardEventFragment[] = [];
  for (let number = 1; number <= 40; number++) {
    log.push(created(log.length + 1, order(number)));
    if (number % 3 === 0) log.push(paid(log.length + 1, order(number - 1)));
  }

  const replayed = (upTo: number) => log.slice(0, upTo).reduce(apply, page());

  it.each([0, 1, 7, 20, log.length])("a page read at %i and an overlapping, repeating stream give what a fresh load shows", (at) => {
    for (let overlap = 0; overlap <= at; overlap += 5) {
      let feed = page(...replayed(at).orders);
      for (const event of log.slice(at - overlap)) feed = apply(apply(feed, event), event);

      expect(feed.orders).toEqual(replayed(log.length).orders);
    }
  });
});
