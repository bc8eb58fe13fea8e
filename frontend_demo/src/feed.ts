/** The board's state: the newest orders, and their position in the event log. Pure; the same events give the same state. */
import type { BoardEventFragment, BoardOrderFragment, BoardPageQuery } from "./api/generated";
import { EVERYTHING, type Filter, matches, outdates } from "./board/filter";

export interface Feed {
  readonly filter: Filter;
  /** Newest first: every order that the filter matches, down to `end`. */
  readonly orders: readonly BoardOrderFragment[];
  /** The oldest order that was read; older ones are not listed. Undefined: there are none. */
  readonly end: Place | undefined;
  /** Where the page of older orders begins; undefined if there is none, or if the limit of rows is reached. */
  readonly older: string | undefined;
  /** Where the live feed resumes after a disconnect. */
  readonly cursor: string;
  /** Sequence of the last applied event; events up to it are repeats. */
  readonly sequence: bigint;
  /** Orders that came by events, not with a page. */
  readonly arrived: number;
  /** A change outside the API needs the server's decision, so the page must be reloaded. */
  readonly outdated: boolean;
}

type Place = Pick<BoardOrderFragment, "id" | "createdAt">;
type Page = BoardPageQuery["orders"];

/** Rows kept; older orders are on the next pages of `orders`. */
export const ROWS_MAX = 10_000;

export function fromPage(page: Page, filter: Filter = EVERYTHING): Feed {
  const orders = [...page.nodes].sort(compare);
  return { filter, orders, ...beyond(page), cursor: page.eventCursor, sequence: -1n, arrived: 0, outdated: false };
}

/**
 * With the page of older orders that was requested after `older`. `meanwhile` are the events applied since the request:
 * they may be newer than the page, and their changes of older orders were not listed then.
 */
export function withOlder(feed: Feed, page: Page, meanwhile: readonly BoardEventFragment[]): Feed {
  const orders = [...feed.orders];
  for (const order of page.nodes) {
    const at = place(orders, order);
    if (orders[at]?.id !== order.id) orders.splice(at, 0, order);
  }
  const grown = { ...feed, ...beyond(page), orders };
  for (const { order } of meanwhile) take(grown, orders, order);
  return trimmed(grown);
}

/** The state after more events, in their order. A repeat changes nothing, so that pages and streams may overlap. */
export function apply(feed: Feed, events: readonly BoardEventFragment[]): Feed {
  let { cursor, sequence, arrived, outdated } = feed;
  const orders = [...feed.orders];
  for (const event of events) {
    const at = BigInt(event.sequence);
    if (at <= sequence) continue;
    sequence = at;
    cursor = event.cursor;
    outdated ||= outdates(feed.filter, event);
    if (take(feed, orders, event.order) && event.type === "ORDER_CREATED") arrived++;
  }
  return sequence === feed.sequence ? feed : trimmed({ ...feed, orders, cursor, sequence, arrived, outdated });
}

/** Moves one order to its place now; returns whether it is new in the list. */
function take({ filter, end }: Feed, orders: BoardOrderFragment[], order: BoardOrderFragment): boolean {
  const at = place(orders, order);
  const known = orders[at];
  if (known?.id === order.id) {
    // A page may be newer than an event that was on its way when the page was read.
    if (isOlder(order, known)) return false;
    if (matches(filter, order)) orders[at] = order;
    else orders.splice(at, 1);
    return false;
  }
  if (!matches(filter, order) || (end && compare(order, end) > 0)) return false;
  orders.splice(at, 0, order);
  return true;
}

function beyond({ pageInfo, nodes }: Page): Pick<Feed, "end" | "older"> {
  return pageInfo.hasNextPage ? { end: nodes.at(-1), older: pageInfo.endCursor ?? undefined } : { end: undefined, older: undefined };
}

function trimmed(feed: Feed): Feed {
  if (feed.orders.length <= ROWS_MAX) return feed;
  const orders = feed.orders.slice(0, ROWS_MAX);
  return { ...feed, orders, end: orders.at(-1), older: undefined };
}

/** The index of the order, present or not; a binary search, because the time of placing never changes. */
function place(orders: readonly BoardOrderFragment[], order: Place): number {
  let low = 0;
  let high = orders.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compare(orders[middle] as Place, order) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function isOlder(left: BoardOrderFragment, right: BoardOrderFragment): boolean {
  return left.version < right.version || (left.version === right.version && compareTimes(left.updatedAt, right.updatedAt) < 0);
}

/** Newest first, as the server sorts: by the time, then by the id in the global id. */
function compare(left: Place, right: Place): number {
  if (left.createdAt === right.createdAt) return left.id === right.id ? 0 : atob(left.id) < atob(right.id) ? 1 : -1;
  return compareTimes(right.createdAt, left.createdAt);
}

/** Date keeps milliseconds and the server sends microseconds, so equal dates are distinguished by their text. */
function compareTimes(left: string, right: string): number {
  return Date.parse(left) - Date.parse(right) || (left < right ? -1 : left > right ? 1 : 0);
}
