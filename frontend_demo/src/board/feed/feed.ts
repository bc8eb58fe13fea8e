/** The board's state: the first orders of its sort, and their position in the event log. Pure; the same events give the same state. */
import type { BoardEventFragment, BoardOrderFragment, BoardPageQuery } from "../../api/generated";
import { EVERYTHING, type Filter, isAboutChanges, matches, outdates } from "../filter/filter";
import { NEWEST_FIRST, type Place, type Sort, compare, compareTimes, isMoving } from "../filter/sort";
import type { Total } from "../../texts/en/board";

export interface Feed {
  readonly filter: Filter;
  readonly sort: Sort;
  /** In the order of `sort`: every order that the filter matches, down to `end`. */
  readonly orders: readonly BoardOrderFragment[];
  /** The place of the last order that was read; later ones are not listed. Undefined: there are none. */
  readonly end: Place | undefined;
  /** Where the next page begins; undefined if there is none, or if the limit of rows is reached. */
  readonly older: string | undefined;
  /** How many orders match, listed or not. */
  readonly total: Total;
  /** Where the live feed resumes after a disconnect. */
  readonly cursor: string;
  /** Sequence of the last applied event; events up to it are repeats. */
  readonly sequence: bigint;
  /** Orders that came by events, not with a page. */
  readonly arrived: number;
  /** A change needs the server's decision, so the page must be reloaded. */
  readonly outdated: boolean;
}

type Page = BoardPageQuery["orders"];

/** Rows kept; the other orders are on the next pages of `orders`. */
export const ROWS_MAX = 10_000;

export function fromPage(page: Page, filter: Filter = EVERYTHING, sort: Sort = NEWEST_FIRST): Feed {
  const orders = [...page.nodes].sort((left, right) => compare(sort, left, right));
  const total: Total = { count: page.totalCount ?? orders.length, is: page.totalCountIsExact === false ? "more" : "exact" };
  return settled({ filter, sort, orders, ...beyond(page), total, cursor: page.eventCursor, sequence: -1n, arrived: 0, outdated: false });
}

/**
 * With the page that was requested after `older`. `meanwhile` are the events applied since the request: they may be
 * newer than the page, and their changes of orders beyond the end were not listed then.
 */
export function withOlder(feed: Feed, page: Page, meanwhile: readonly BoardEventFragment[]): Feed {
  const orders = [...feed.orders];
  for (const order of page.nodes) put(feed.sort, orders, order);
  const grown = { ...feed, ...beyond(page, feed.end), orders };
  for (const { order } of meanwhile) take(grown, orders, order);
  return trimmed(grown);
}

/** The state after more events, in their order. A repeat changes nothing, so that pages and streams may overlap. */
export function apply(feed: Feed, events: readonly BoardEventFragment[]): Feed {
  let { cursor, sequence, arrived, outdated, total } = feed;
  const orders = [...feed.orders];
  for (const event of events) {
    const at = BigInt(event.sequence);
    if (at <= sequence) continue;
    sequence = at;
    cursor = event.cursor;
    outdated ||= outdates(feed.filter, event);
    const taken = take(feed, orders, event.order);
    total = counted(total, feed, event, taken);
    if (taken === "entered" && event.type === "ORDER_CREATED") arrived++;
  }
  return sequence === feed.sequence ? feed : trimmed({ ...feed, orders, total, cursor, sequence, arrived, outdated });
}

/** Whether the feed lists this order, or will when it hears of it. */
export function isListed({ filter, sort, end }: Pick<Feed, "filter" | "sort" | "end">, order: BoardOrderFragment): boolean {
  return matches(filter, order) && (!end || compare(sort, order, end) <= 0);
}

/** `left`: it matches no more. `beyond`: it matches, and its place is not listed, or it is unknown and does not match. */
type Taken = "entered" | "stayed" | "left" | "beyond";

/** Moves one order to its place now. */
function take(feed: Pick<Feed, "filter" | "sort" | "end">, orders: BoardOrderFragment[], order: BoardOrderFragment): Taken {
  const at = find(feed.sort, orders, order);
  const known = at < 0 ? undefined : orders[at];
  // A page may be newer than an event that was on its way when the page was read.
  if (known && isOlder(order, known)) return "stayed";
  if (known) orders.splice(at, 1);
  if (!isListed(feed, order)) return known && !matches(feed.filter, order) ? "left" : "beyond";
  orders.splice(place(feed.sort, orders, order), 0, order);
  return known ? "stayed" : "entered";
}

/** Lists an order of a page, unless a newer version of it is listed. */
function put(sort: Sort, orders: BoardOrderFragment[], order: BoardOrderFragment): void {
  const at = find(sort, orders, order);
  const known = orders[at];
  if (known && !isOlder(known, order)) return;
  if (known) orders.splice(at, 1);
  orders.splice(place(sort, orders, order), 0, order);
}

/** The number of matching orders after one event, as far as it can be known here. */
function counted(total: Total, { filter, sort }: Pick<Feed, "filter" | "sort">, { type }: BoardEventFragment, taken: Taken): Total {
  const isCreated = type === "ORDER_CREATED";
  const changes = isAboutChanges(filter);
  if (taken === "left") return { ...total, count: total.count - 1 };
  // A page had it before its event: the total may be of before or after it.
  if (taken === "stayed") return isCreated ? { ...total, is: about(total) } : total;
  // By the first changed, a page may have counted an order whose later change, which comes yet, is behind its end.
  const isNew = isCreated && !(isMoving(sort) && sort.direction === "ASC");
  if (taken === "entered") return isCreated || changes ? { is: isNew ? total.is : about(total), count: total.count + 1 } : total;
  return isCreated || changes ? { ...total, is: about(total) } : total;
}

const about = ({ is }: Total): Total["is"] => (is === "exact" ? "about" : is);

/** A page of a text search may be empty although there are more. */
function beyond({ pageInfo, nodes }: Page, end?: Feed["end"]): Pick<Feed, "end" | "older"> {
  return pageInfo.hasNextPage ? { end: nodes.at(-1) ?? end, older: pageInfo.endCursor ?? undefined } : { end: undefined, older: undefined };
}

function trimmed(feed: Feed): Feed {
  if (feed.orders.length <= ROWS_MAX) return settled(feed);
  const orders = feed.orders.slice(0, ROWS_MAX);
  return { ...feed, orders, end: orders.at(-1), older: undefined };
}

/** If every order is listed, their number is known. */
function settled(feed: Feed): Feed {
  const count = feed.orders.length;
  return feed.end || feed.older !== undefined || (feed.total.is === "exact" && feed.total.count === count) ? feed : { ...feed, total: { count, is: "exact" } };
}

/** The index of the order, in any version; -1 if it is not listed. */
function find(sort: Sort, orders: readonly BoardOrderFragment[], order: BoardOrderFragment): number {
  if (isMoving(sort)) return orders.findIndex(({ id }) => id === order.id);
  const at = place(sort, orders, order);
  return orders[at]?.id === order.id ? at : -1;
}

/** The index at which an order is listed, by a binary search. */
function place(sort: Sort, orders: readonly BoardOrderFragment[], order: Place): number {
  let low = 0;
  let high = orders.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compare(sort, orders[middle] as Place, order) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function isOlder(left: BoardOrderFragment, right: BoardOrderFragment): boolean {
  return left.version < right.version || (left.version === right.version && compareTimes(left.updatedAt, right.updatedAt) < 0);
}
