/** The law of the feed: after any stream, with repeats, gaps, reloads and late pages, it equals a fresh load. */
import fc from "fast-check";
import { expect, it } from "vitest";
import type { BoardEventFragment, BoardOrderFragment, OrderStatus } from "../../api/generated";
import { EVERYTHING, type Filter, matches } from "../filter/filter";
import { sampleOrder } from "../filter/sampleOrder";
import { type Sort, writeSort } from "../filter/sort";
import { type Feed, apply, fromPage, withOlder } from "./feed";

const PAGE = 5;
const NEXT: Record<OrderStatus, readonly OrderStatus[]> = { NEW: ["PAID", "CANCELLED"], PAID: ["SHIPPED", "CANCELLED"], SHIPPED: ["DELIVERED"], DELIVERED: [], CANCELLED: [] };

interface Sent {
  readonly before: BoardOrderFragment | undefined;
  readonly event: BoardEventFragment;
}

/** A shop as the server keeps it: its orders now, and the event log. */
class Server {
  readonly orders = new Map<string, BoardOrderFragment>();
  readonly log: Sent[] = [];

  /** Places an order, now or with an earlier time, as another host's clock may give it, or moves an order. */
  act(choice: number, backwards: number): void {
    const moves = [...this.orders.values()].flatMap((order) => [...NEXT[order.status].map((status) => ({ ...order, status, version: order.version + 1 })), { ...order, processingStatus: "DONE" as const }]);
    const at = choice % (moves.length + 3);
    this.tell(moves[at] ?? this.placed(choice, backwards));
  }

  placed(choice: number, backwards: number): BoardOrderFragment {
    const number = this.orders.size + 1;
    const createdAt = stamp(this.log.length - backwards);
    const total = { amount: `${choice % 100}.00`, currency: choice % 2 ? "EUR" : "USD" };
    return sampleOrder(number, createdAt, { total });
  }

  tell(order: BoardOrderFragment): void {
    const before = this.orders.get(order.id);
    const now = { ...order, updatedAt: stamp(this.log.length) };
    const sequence = `${this.log.length + 1}`;
    const type = before ? "ORDER_PAID" : "ORDER_CREATED";
    this.orders.set(order.id, now);
    this.log.push({ before, event: { sequence, cursor: sequence, type, occurredAt: now.updatedAt, changedFields: before ? ["status"] : [], order: now } });
  }

  matching(filter: Filter): BoardOrderFragment[] {
    return [...this.orders.values()].filter((order) => matches(filter, order));
  }

  /** The result of `orders`: those after the place of the given one, and a position from before the read. */
  page(filter: Filter, sort: Sort, after: BoardOrderFragment | undefined, behind = 0) {
    const all = sorted(this.matching(filter), sort);
    const rest = after ? all.filter((order) => isBefore(after, order, sort)) : all;
    const nodes = rest.slice(0, PAGE);
    const position = { eventCursor: `${Math.max(0, this.log.length - behind)}`, pageInfo: { hasNextPage: rest.length > PAGE, endCursor: nodes.at(-1)?.id ?? null } };
    return { ...position, ...(!after && { totalCount: all.length, totalCountIsExact: true }), nodes };
  }

  /** The events of the subscription after a cursor: those of orders that matched before or after. */
  after(filter: Filter, cursor: string, count: number): BoardEventFragment[] {
    const wanted = ({ before, event }: Sent) => matches(filter, event.order) || (!!before && matches(filter, before));
    return this.log.slice(Number(cursor)).filter(wanted).slice(0, count).map(({ event }) => event);
  }
}

const stamp = (second: number) => new Date(Date.UTC(2026, 0, 1) + second * 1000).toISOString();

const KEYS: Readonly<Record<Sort["field"], (order: BoardOrderFragment) => string>> = {
  CREATED_AT: ({ createdAt }) => createdAt,
  UPDATED_AT: ({ updatedAt }) => updatedAt,
  TOTAL: ({ total }) => total.amount.padStart(9, "0"),
};

function isBefore(left: BoardOrderFragment, right: BoardOrderFragment, { field, direction }: Sort): boolean {
  const [one, other] = [left, right].map((order) => KEYS[field](order) + atob(order.id)) as [string, string];
  return direction === "ASC" ? one < other : one > other;
}

function sorted(orders: BoardOrderFragment[], sort: Sort): BoardOrderFragment[] {
  return orders.sort((left, right) => (isBefore(left, right, sort) ? -1 : 1));
}

/** A board that runs a script of steps. */
class Board {
  feed: Feed;
  /** A stream begins at the page's position: no earlier event is ever sent. */
  #begin = 0;
  #asked: { readonly page: ReturnType<Server["page"]>; readonly meanwhile: BoardEventFragment[] } | undefined;

  constructor(readonly server: Server, readonly filter: Filter, readonly sort: Sort) {
    this.feed = fromPage(server.page(filter, sort, undefined), filter, sort);
    this.#begin = Number(this.feed.cursor);
  }

  /** Some events back from the present position. */
  #back(events: number): string {
    return `${Math.max(this.#begin, Number(this.feed.cursor) - events)}`;
  }

  /** So many events arrive; the subscription may have restarted some events earlier, which repeats them. */
  hear(count: number, back: number): void {
    const events = this.server.after(this.filter, this.#back(back), count + back); // repeats go on to the former position: no gap
    const before = new Map(this.feed.orders.map((order) => [order.id, order.version]));
    this.feed = apply(this.feed, events);
    this.#asked?.meanwhile.push(...events);
    for (const { id, version } of this.feed.orders) expect(version).toBeGreaterThanOrEqual(before.get(id) ?? 0);
  }

  /** A message of an old stream arrives. */
  echo(back: number, count: number): void {
    this.feed = apply(this.feed, this.server.after(this.filter, this.#back(back), count).filter((event) => BigInt(event.sequence) <= this.feed.sequence));
  }

  /** The server answers with older orders as they are now; the answer is still on its way. */
  askOlder(): void {
    const last = this.feed.older === undefined ? undefined : this.feed.end;
    if (last && !this.#asked) this.#asked = { page: this.server.page(this.filter, this.sort, last as BoardOrderFragment), meanwhile: [] };
  }

  getOlder(): void {
    if (this.#asked) this.feed = withOlder(this.feed, this.#asked.page, this.#asked.meanwhile);
    this.#asked = undefined;
  }

  reload(behind: number): void {
    this.#asked = undefined;
    this.feed = fromPage(this.server.page(this.filter, this.sort, undefined, behind), this.filter, this.sort);
    this.#begin = Number(this.feed.cursor);
  }
}

const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant("act" as const), choice: fc.nat(1_000), backwards: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.nat(6)) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("hear" as const), count: fc.nat(8), back: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat(12)) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("echo" as const), count: fc.nat(8), back: fc.nat(12) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("askOlder" as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("getOlder" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("reload" as const), behind: fc.nat(4) }) },
);
const filters = fc.constantFrom<Filter>(EVERYTHING, { ...EVERYTHING, statuses: ["NEW", "SHIPPED"] }, { ...EVERYTHING, currency: "EUR", least: "50" }, { ...EVERYTHING, statuses: ["PAID"], least: "9.5", most: "80" }, { ...EVERYTHING, processing: ["PENDING"] });

const sorts: readonly Sort[] = (["CREATED_AT", "UPDATED_AT", "TOTAL"] as const).flatMap((field) => [{ field, direction: "DESC" as const }, { field, direction: "ASC" as const }]);

it.each(sorts.map((sort) => [writeSort(sort), sort] as const))("sorted by %s, it equals a fresh load, whatever came before", (_, sort) => {
  fc.assert(
    fc.property(filters, fc.nat(20), fc.nat(9), fc.array(step, { maxLength: 150, size: "max" }), (filter, orders, echoes, script) => {
      const server = new Server();
      for (let count = 0; count < orders; count++) server.act(997 + count, 0);
      const board = new Board(server, filter, sort);
      for (const one of script) {
        if (one.do === "act") server.act(one.choice, one.backwards);
        else if (one.do === "hear") board.hear(one.count, one.back);
        else if (one.do === "echo") board.echo(one.back, one.count);
        else if (one.do === "reload") board.reload(one.behind);
        else board[one.do]();
      }
      board.getOlder();
      board.hear(Infinity, 0);
      board.echo(echoes, echoes - 1);

      const { feed } = board;
      const truth = sorted(server.matching(filter), sort);
      const { end, total } = feed;
      const listed = end ? truth.filter((order) => !isBefore(end as BoardOrderFragment, order, sort)) : truth;
      expect(feed.orders).toEqual(listed);
      expect(feed.orders.slice(0, PAGE)).toEqual(server.page(filter, sort, undefined).nodes.slice(0, feed.orders.length));
      if (total.is === "exact") expect(total.count).toBe(truth.length);
    }),
    { numRuns: sort.field === "CREATED_AT" && sort.direction === "DESC" ? 250 : 60 },
  );
}, 60_000);
