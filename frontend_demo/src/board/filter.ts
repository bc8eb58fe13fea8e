/** Which orders the board shows: kept in the address, sent to the server, and checked here when an order changes. Pure. */
import type { BoardEventFragment, BoardOrderFragment, OrderStatus, OrderWhere } from "../api/generated";
import { texts } from "../texts";

export interface Filter {
  /** Any of these; an empty list matches all. */
  readonly statuses: readonly OrderStatus[];
  readonly currency: string;
  /** A decimal; empty for none. */
  readonly least: string;
  readonly text: string;
}

export const STATUSES = Object.keys(texts.status) as OrderStatus[];
export const EVERYTHING: Filter = { statuses: [], currency: "", least: "", text: "" };
export const TEXT_MAX = 200;

/** The fields of a search (`OrderWhere.text`). */
const SEARCHED = ["number", "externalReference", "customerEmail", "customerName"];

export function isEverything({ statuses, currency, least, text }: Filter): boolean {
  return !statuses.length && !currency && !least && !text;
}

/** The filter in an address; invalid values are left out. */
export function readFilter(parameters: URLSearchParams): Filter {
  const statuses = parameters.getAll("status");
  const least = parameters.get("least") ?? "";
  const currency = parameters.get("currency") ?? "";
  return {
    statuses: STATUSES.filter((status) => statuses.includes(status)),
    currency: /^[A-Z]{3}$/.test(currency) ? currency : "",
    least: isAmount(least) ? least : "",
    text: (parameters.get("text") ?? "").slice(0, TEXT_MAX),
  };
}

/** The address with another filter; its other parameters stay. */
export function writeFilter(parameters: URLSearchParams, { statuses, ...single }: Filter): URLSearchParams {
  const next = new URLSearchParams(parameters);
  next.delete("status");
  for (const status of statuses) next.append("status", status);
  for (const [name, value] of Object.entries(single)) {
    if (value) next.set(name, value);
    else next.delete(name);
  }
  return next;
}

/** The same for the server; the query and the subscription use the same form. */
export function whereOf({ statuses, currency, least, text }: Filter): OrderWhere {
  return {
    ...(statuses.length && { status: { in: [...statuses] } }),
    ...(currency && { currency: { eq: currency } }),
    ...(least && { total: { gte: least } }),
    ...(text.trim() && { text }),
  };
}

/**
 * Whether an order of a received event is shown. The event came because the order matched before or after the change;
 * an order's own events can't change the fields of a search (see `outdates`), so the text is not checked here.
 */
export function matches({ statuses, currency, least }: Filter, { status, total }: BoardOrderFragment): boolean {
  return (!statuses.length || statuses.includes(status)) && (!currency || total.currency === currency) && (!least || isAtLeast(total.amount, least));
}

/** Whether a change outside the API affects the order's place or the search result. Then only a reload helps. */
export function outdates({ text }: Filter, { changedFields }: BoardEventFragment): boolean {
  return changedFields.includes("createdAt") || (!!text && changedFields.some((field) => SEARCHED.includes(field)));
}

export function isAmount(text: string): boolean {
  return /^\d{1,15}(\.\d{1,4})?$/.test(text);
}

/** Compares decimals as text, without conversion to doubles. */
function isAtLeast(amount: string, least: string): boolean {
  const places = Math.max(...[amount, least].map((text) => text.split(".")[1]?.length ?? 0));
  const units = (text: string) => {
    const [whole = "0", fraction = ""] = text.split(".");
    return BigInt(whole + fraction.padEnd(places, "0"));
  };
  return units(amount) >= units(least);
}
