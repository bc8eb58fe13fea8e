/** Which orders the board shows: kept in the address, sent to the server, and checked here when an order changes. Pure. */
import type { BoardEventFragment, BoardOrderFragment, OrderStatus, OrderWhere, ProcessingStatus } from "../../api/generated";
import { compareAmounts } from "../../api/values";
import { texts } from "../../texts";
import { beginOf, dayAfter, isDay } from "./days";

export interface Filter {
  /** Any of these; an empty list matches all. */
  readonly statuses: readonly OrderStatus[];
  readonly processing: readonly ProcessingStatus[];
  readonly currency: string;
  /** Decimals; empty for none. */
  readonly least: string;
  readonly most: string;
  readonly tag: string;
  /** The first and the last day on which an order was placed, such as "2026-11-30", in this browser's time zone; empty for none. */
  readonly from: string;
  readonly to: string;
  readonly text: string;
}

/** A parameter of an address that the board can't use, and leaves out. */
export interface Refused {
  readonly name: string;
  readonly value: string;
}

export const STATUSES = Object.keys(texts.status) as OrderStatus[];
export const PROCESSING = Object.keys(texts.processing) as ProcessingStatus[];
export const EVERYTHING: Filter = { statuses: [], processing: [], currency: "", least: "", most: "", tag: "", from: "", to: "", text: "" };
export const TEXT_MAX = 200;
export const TAG_MAX = 40;

/** The names of the lists in an address. */
const LISTS = { statuses: "status", processing: "processing" } as const;
const SINGLE = ["currency", "least", "most", "tag", "from", "to", "text"] as const;
/** The fields of a search (`OrderWhere.text`). */
const SEARCHED = ["number", "externalReference", "customerEmail", "customerName"];
const WORDS_MAX = 10;
/** The fields by which orders are sorted, and which the API never changes. */
const FIXED = ["createdAt", "total"];

const VALID: Readonly<Record<(typeof SINGLE)[number], (value: string) => boolean>> = {
  currency: (value) => /^[A-Z]{3}$/.test(value),
  least: isAmount,
  most: isAmount,
  tag: (value) => value.length <= TAG_MAX,
  from: isDay,
  to: isDay,
  text: isSearch,
};

export function isEverything({ statuses, processing, ...single }: Filter): boolean {
  return !statuses.length && !processing.length && !Object.values(single).some(Boolean);
}

/** The filter in an address. What is invalid is left out; see `refused`. */
export function readFilter(parameters: URLSearchParams): Filter {
  const single = (name: (typeof SINGLE)[number]) => {
    const value = parameters.get(name) ?? "";
    return VALID[name](value) ? value : "";
  };
  const statuses = parameters.getAll(LISTS.statuses);
  const processing = parameters.getAll(LISTS.processing);
  const read = Object.fromEntries(SINGLE.map((name) => [name, single(name)])) as Pick<Filter, (typeof SINGLE)[number]>;
  return { ...read, statuses: STATUSES.filter((one) => statuses.includes(one)), processing: PROCESSING.filter((one) => processing.includes(one)) };
}

/** What `readFilter` leaves out of an address. */
export function refused(parameters: URLSearchParams): readonly Refused[] {
  const known: Readonly<Record<string, readonly string[]>> = { status: STATUSES, processing: PROCESSING };
  const lists = Object.entries(known).flatMap(([name, values]) => parameters.getAll(name).flatMap((value) => (values.includes(value) ? [] : [{ name, value }])));
  const single = SINGLE.flatMap((name) => {
    const value = parameters.get(name) ?? "";
    return value === "" || VALID[name](value) ? [] : [{ name, value }];
  });
  return [...lists, ...single];
}

/** The address with another filter; its other parameters stay. */
export function writeFilter(parameters: URLSearchParams, { statuses, processing, ...single }: Filter): URLSearchParams {
  const next = new URLSearchParams(parameters);
  for (const [name, values] of [[LISTS.statuses, statuses], [LISTS.processing, processing]] as const) {
    next.delete(name);
    for (const value of values) next.append(name, value);
  }
  for (const name of SINGLE) {
    if (single[name]) next.set(name, single[name]);
    else next.delete(name);
  }
  return next;
}

/** The articles that a search means, by whole texts: the server finds them by parts (useArticles.ts). */
export interface Articles {
  readonly skus: readonly string[];
  readonly names: readonly string[];
}

export const NO_ARTICLES: Articles = { skus: [], names: [] };

/** The same for the server; the query, the subscription and the statistics use the same form. */
export function whereOf({ statuses, processing, currency, least, most, tag, from, to, text }: Filter, { skus, names }: Articles = NO_ARTICLES): OrderWhere {
  const search = text.trim();
  const inLines: OrderWhere[] = [...(skus.length ? [{ lines: { sku: { in: [...skus] } } }] : []), ...(names.length ? [{ lines: { name: { in: [...names] } } }] : [])];
  return {
    ...(statuses.length && { status: { in: [...statuses] } }),
    ...(processing.length && { processingStatus: { in: [...processing] } }),
    ...(currency && { currency: { eq: currency } }),
    ...((least || most) && { total: { ...(least && { gte: least }), ...(most && { lte: most }) } }),
    ...(tag && { tags: { has: tag } }),
    ...((from || to) && { createdAt: { ...(from && { gte: beginOf(from) }), ...(to && { lt: beginOf(dayAfter(to)) }) } }),
    ...(search && (inLines.length ? { OR: [{ text: search }, ...inLines] } : { text: search })),
  };
}

/**
 * Whether an order of a received event is shown. The event came because the order matched before or after the change;
 * an order's own events can't change its lines, and if they change the other fields of a search, the page is loaded
 * again (see `outdates`), so the text is not checked here.
 */
export function matches({ statuses, processing, currency, least, most, tag, from, to }: Filter, { status, processingStatus, total, tags, createdAt }: BoardOrderFragment): boolean {
  return (
    (!statuses.length || statuses.includes(status)) &&
    (!processing.length || processing.includes(processingStatus)) &&
    (!currency || total.currency === currency) &&
    (!least || compareAmounts(total.amount, least) >= 0) &&
    (!most || compareAmounts(total.amount, most) <= 0) &&
    (!tag || tags.includes(tag)) &&
    (!from || Date.parse(createdAt) >= Date.parse(beginOf(from))) &&
    (!to || Date.parse(createdAt) < Date.parse(beginOf(dayAfter(to))))
  );
}

/** Whether an order's changes can bring it into the filter, or out of it. */
export function isAboutChanges({ statuses, processing, tag, text }: Filter): boolean {
  return statuses.length > 0 || processing.length > 0 || tag !== "" || text !== "";
}

/** Whether a change affects the search result, or, past the API, the order's place. Then only a reload helps. */
export function outdates({ text }: Filter, { changedFields }: BoardEventFragment): boolean {
  return changedFields.some((field) => FIXED.includes(field) || (!!text && SEARCHED.includes(field)));
}

export function isAmount(text: string): boolean {
  return /^\d{1,15}(\.\d{1,4})?$/.test(text);
}

export function isSearch(text: string): boolean {
  return text.length <= TEXT_MAX && text.trim().split(/\s+/).length <= WORDS_MAX;
}
