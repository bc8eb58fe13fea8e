/** The CSV of orders, sorted as the list: with the list's filter, or of single orders by their numbers. */
import type { Filter } from "../filter/filter";
import { beginOf, dayAfter } from "../filter/days";
import { type Sort, isNewestFirst, writeSort } from "../filter/sort";
import { spreadsheet } from "../../format/spreadsheet";

const CSV = "/api/orders.csv";

/** The address of the list's. */
export function csvOf({ statuses, processing, currency, least, most, tag, from, to, text }: Filter, sort: Sort): string {
  return addressOf([
    ...statuses.map((status) => ["status", status]),
    ...processing.map((status) => ["processing_status", status]),
    ...given("currency", currency),
    ...given("total_least", least),
    ...given("total_most", most),
    ...given("tag", tag),
    ...given("created_from", from && beginOf(from)),
    ...given("created_before", to && beginOf(dayAfter(to))),
    ...given("search", text.trim()),
    ...sortedBy(sort),
  ]);
}

/** How many orders an address names. */
const NAMED_MAX = 200;

/** The CSV of these orders, in their order. It is read in parts, because an address can't name them all. */
export async function csvNamed(numbers: readonly string[], sort: Sort, read: (address: string) => Promise<string>): Promise<string> {
  let table = "";
  for (let at = 0; at < numbers.length; at += NAMED_MAX) {
    const part = await read(addressOf([...numbers.slice(at, at + NAMED_MAX).map((number) => ["number", number]), ...sortedBy(sort)]));
    table += at ? part.slice(part.indexOf("\n") + 1) : part; // one head is enough
  }
  return table;
}

/** Reads a CSV of the server's. */
export async function readCsv(address: string): Promise<string> {
  const answer = await fetch(address, { credentials: "same-origin", headers: { accept: "text/csv, application/json" } });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.text();
}

function addressOf(given: string[][]): string {
  return `${CSV}?${new URLSearchParams([...given, ["spreadsheet", spreadsheet]])}`;
}

function sortedBy(sort: Sort): string[][] {
  return isNewestFirst(sort) ? [] : [["sort", writeSort(sort)]];
}

function given(name: string, value: string): string[][] {
  return value ? [[name, value]] : [];
}
