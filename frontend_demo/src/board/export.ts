/** The address of the CSV of orders: the same filter as the list, or single orders by their numbers. Pure. */
import { type Filter } from "./filter";
import { beginOf, dayAfter } from "./days";

const CSV = "/api/orders.csv";

export function csvOf({ statuses, processing, currency, least, most, tag, from, to, text }: Filter): string {
  const parameters = new URLSearchParams([
    ...statuses.map((status) => ["status", status]),
    ...processing.map((status) => ["processing_status", status]),
    ...given("currency", currency),
    ...given("total_least", least),
    ...given("total_most", most),
    ...given("tag", tag),
    ...given("created_from", from && beginOf(from)),
    ...given("created_before", to && beginOf(dayAfter(to))),
    ...given("search", text.trim()),
  ]);
  return parameters.size ? `${CSV}?${parameters}` : CSV;
}

/** How many orders an address can name. */
export const NAMED_MAX = 200;

export function csvNamed(numbers: readonly string[]): string {
  return `${CSV}?${new URLSearchParams(numbers.map((number) => ["number", number]))}`;
}

function given(name: string, value: string): string[][] {
  return value ? [[name, value]] : [];
}
