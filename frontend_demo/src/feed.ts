/** The board's state: the newest orders, and how far in the event log they are. Pure; the same events give the same state. */
import type { BoardEventFragment, BoardOrderFragment, BoardPageQuery } from "./api/generated";

export interface Feed {
  /** Newest first. */
  readonly orders: readonly BoardOrderFragment[];
  /** Where the live feed goes on after a break. */
  readonly cursor: string;
  /** Sequence of the last event taken in; events up to it are repeats. */
  readonly sequence: bigint;
  /** Orders that came live, not with a page. */
  readonly arrived: number;
}

/** Rows kept; what is older is on the next pages of `orders`. */
export const ROWS_MAX = 200;

export function fromPage(page: BoardPageQuery["orders"]): Feed {
  return { orders: [...page.nodes].sort(newestFirst), cursor: page.eventCursor, sequence: -1n, arrived: 0 };
}

/** The state after one more event. A repeat changes nothing, so that pages and streams may overlap. */
export function apply(feed: Feed, event: BoardEventFragment): Feed {
  const sequence = BigInt(event.sequence);
  if (sequence <= feed.sequence) return feed;
  const known = feed.orders.find((order) => order.id === event.order.id);
  const arrives = !known && event.type === "ORDER_CREATED";
  return {
    cursor: event.cursor,
    sequence,
    arrived: feed.arrived + (arrives ? 1 : 0),
    orders: arrives ? inserted(feed.orders, event.order) : known ? replaced(feed.orders, known, event.order) : feed.orders,
  };
}

function inserted(orders: Feed["orders"], order: BoardOrderFragment): Feed["orders"] {
  return [order, ...orders].sort(newestFirst).slice(0, ROWS_MAX);
}

/** A page may be newer than an event that was on its way when the page was read. */
function replaced(orders: Feed["orders"], known: BoardOrderFragment, order: BoardOrderFragment): Feed["orders"] {
  return isOlder(order, known) ? orders : orders.map((row) => (row === known ? order : row));
}

function isOlder(left: BoardOrderFragment, right: BoardOrderFragment): boolean {
  return left.version < right.version || (left.version === right.version && compareTimes(left.updatedAt, right.updatedAt) < 0);
}

function newestFirst(left: BoardOrderFragment, right: BoardOrderFragment): number {
  return compareTimes(right.createdAt, left.createdAt);
}

/** Date keeps milliseconds and the server sends microseconds, so equal dates are told apart by their text. */
function compareTimes(left: string, right: string): number {
  return Date.parse(left) - Date.parse(right) || (left < right ? -1 : left > right ? 1 : 0);
}
