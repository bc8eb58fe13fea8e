/** In which order the board lists orders: kept in the address, sent to the server, and applied here to each event. Pure. */
import type { BoardOrderFragment, OrderDirection, OrderSortField } from "../../api/generated";
import { compareAmounts } from "../../api/values";

export interface Sort {
  readonly field: OrderSortField;
  readonly direction: OrderDirection;
}

/** What a sort compares. */
export type Place = Pick<BoardOrderFragment, "id" | "createdAt" | "updatedAt" | "total">;

export const NEWEST_FIRST: Sort = { field: "CREATED_AT", direction: "DESC" };

const NAMES = { CREATED_AT: "placed", UPDATED_AT: "changed", TOTAL: "total" } satisfies Record<OrderSortField, string>;
const FIELDS = Object.keys(NAMES) as OrderSortField[];

/** "total" is smallest first, "-total" largest first; undefined for any other text. */
export function readSort(text: string): Sort | undefined {
  const direction = text.startsWith("-") ? "DESC" : "ASC";
  const field = FIELDS.find((one) => NAMES[one] === text.replace(/^-/, ""));
  return field && { field, direction };
}

export function writeSort({ field, direction }: Sort): string {
  return `${direction === "DESC" ? "-" : ""}${NAMES[field]}`;
}

export function isNewestFirst({ field, direction }: Sort): boolean {
  return field === NEWEST_FIRST.field && direction === NEWEST_FIRST.direction;
}

/** A click on a column: its largest or newest first, then its smallest or oldest first. */
export function sortedBy(field: OrderSortField, now: Sort): Sort {
  return { field, direction: now.field === field && now.direction === "DESC" ? "ASC" : "DESC" };
}

/** Whether an order's own changes move it to another place. */
export function isMoving({ field }: Sort): boolean {
  return field === "UPDATED_AT";
}

/** As the server sorts: by the field, then by the id in the global id, both in the same direction. */
export function compare({ field, direction }: Sort, left: Place, right: Place): number {
  const ascending = compareFields(field, left, right) || compareIds(left.id, right.id);
  return direction === "ASC" ? ascending : -ascending;
}

function compareFields(field: OrderSortField, left: Place, right: Place): number {
  if (field === "TOTAL") return compareAmounts(left.total.amount, right.total.amount);
  return field === "CREATED_AT" ? compareTimes(left.createdAt, right.createdAt) : compareTimes(left.updatedAt, right.updatedAt);
}

function compareIds(left: string, right: string): number {
  if (left === right) return 0;
  return atob(left) < atob(right) ? -1 : 1;
}

/** Date keeps milliseconds and the server sends microseconds, so equal dates are distinguished by their text. */
export function compareTimes(left: string, right: string): number {
  if (left === right) return 0;
  return Date.parse(left) - Date.parse(right) || (left < right ? -1 : 1);
}
