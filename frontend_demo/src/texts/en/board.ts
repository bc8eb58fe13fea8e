/** Texts of the live board: src/board/. */
import type { BoardOrderFragment, OrderSortField, StatsWindow } from "../../api/generated";
import type { Away } from "../../board/feed/away";
import { locale } from "../../format/locale";
import { count, day, moment, whole } from "../../format/numbers";

/** `about`: unlisted orders have come or gone since the count. `more`: the server counted up to `count`, and there are more. */
export interface Total {
  readonly count: number;
  readonly is: "exact" | "about" | "more";
}

export const boardTexts = {
  board: {
    title: "Orders",
    thisPage: "this page",
    thisFeed: "the live feed",
    theseNumbers: "these numbers",
    reloaded: "This page was disconnected for longer than the server keeps events, so it was reloaded.",
    caughtUp: ({ placed, changes, more }: Pick<Away, "placed" | "changes" | "more">) => {
      const missed = [placed.size && count(placed.size, "order", "orders"), changes && count(changes, "change", "changes")].filter(Boolean).join(" and ");
      if (!missed) return "Reconnected: nothing changed while you were away.";
      return `Caught up: ${more ? "more than " : ""}${missed} while you were away.`;
    },
  },
  orders: {
    heading: "Orders",
    column: { number: "Number", customer: "Customer", items: "Articles", states: "Status" },
    sorted: { CREATED_AT: "Placed", UPDATED_AT: "Changed", TOTAL: "Total" } satisfies Record<OrderSortField, string>,
    sort: "Sort",
    sorts: {
      "-placed": "Newest first",
      placed: "Oldest first",
      "-changed": "Last changed first",
      changed: "Longest unchanged first",
      "-total": "Largest total first",
      total: "Smallest total first",
    } as Readonly<Record<string, string>>,
    counts: (listed: number, { count: number, is }: Total) => {
      if (!listed) return "No orders";
      if (is === "exact" && listed === number) return `${count(number, "order", "orders")}`;
      return `1 to ${whole(listed)} of ${{ exact: "", about: "about ", more: "more than " }[is]}${whole(number)}`;
    },
    choose: (number: string) => `Select order ${number}`,
    chooseAll: (number: number) => `Select all ${whole(number)} listed orders`,
    export: "Export CSV",
    notExported: "The orders could not be exported. Try again in a moment.",
    print: "Print",
    arrived: (number: number) => (number ? `${count(number, "order", "orders")} arrived since you opened this page` : "New orders appear automatically"),
    arriveLater: "New orders appear once reconnected",
    arrivedAloud: (number: number, { number: newest, customerName }: Pick<BoardOrderFragment, "number" | "customerName">) =>
      number === 1 ? `Order ${newest} of ${customerName || "an unnamed customer"} arrived.` : `${number} orders arrived; the newest is ${newest} of ${customerName || "an unnamed customer"}.`,
    unseen: (number: number) => `↑ ${count(number, "new order", "new orders")}`,
    moved: (number: number) => `↑ ${count(number, "more order", "more orders")} above`,
    loading: "Loading the orders …",
    empty: "There are no orders yet.",
    placeFirst: "Place the first order",
    noMatch: "No order matches.",
    noMatchHint: "An order that matches later appears here automatically.",
    article: "article",
    lines: (names: readonly string[]) => names.join(", ") || "No lines",
    unnamed: "No name",
  },
  filter: {
    text: "Search",
    textHint: "Number, name, e-mail, SKU, article  ( / )",
    textHintShort: "Search",
    textProblem: "At most 200 characters and 10 words",
    days: "Placed from day to day",
    from: "Placed from",
    to: "Placed to",
    more: (number: number) => (number ? `More filters (${number})` : "More filters"),
    tag: "Tag",
    most: "Maximum total",
    processing: "Background processing",
    refused: (parts: readonly string[]) => `This page does not know ${parts.join(", ")} in its address and ignores it.`,
    drop: "Remove it",
    statuses: "Status",
    currency: "Currency",
    anyCurrency: "Any currency",
    least: "Minimum total",
    amountProblem: "A decimal number, such as 12.50",
    clear: "Clear the filters",
  },
  views_: {
    menu: "Views",
    none: "Save the filters and the sort order that you use often.",
    name: "Name of this view",
    save: "Save",
    share: (name: string) => `Copy the address of the view ${name}`,
    rename: "Rename",
    renameView: (name: string) => `Rename the view ${name}`,
    forget: (name: string) => `Delete the view ${name}`,
  },
  rows: { menu: "Rows", comfortable: "Comfortable", compact: "Compact" },
  alerts: {
    menu: "Alerts",
    sound: "A sound for new orders",
    notification: "A notification while this tab is hidden",
    hint: "For orders that match the filters, at most once every five seconds.",
    denied: "This browser blocks notifications from this page.",
  },
  numbers: {
    heading: "Statistics",
    window: "Period",
    windows: { HOUR: "Hour", DAY: "Day", WEEK: "Week" } satisfies Record<StatsWindow, string>,
    last: { HOUR: "last hour", DAY: "last day", WEEK: "last week" } satisfies Record<StatsWindow, string>,
    days: (from: string, to: string) => (from && to ? `${day(from)} to ${day(to)}` : from ? `since ${day(from)}` : `up to ${day(to)}`),
    ofAll: "of all orders",
    ofFilter: "of the orders that match the filters",
    countedFrom: (time: string) => `There are too many orders to search them all: only those since ${moment(time)} are counted.`,
    since: (time: string) => `since ${moment(time)}`,
    notCounted: "not counted",
    placed: "Orders",
    ordersIn: (period: string) => `Orders, ${period}`,
    orders: (seconds: number) => `Orders per ${seconds === 60 ? "minute" : seconds < 3_600 ? `${seconds / 60} minutes` : seconds === 3_600 ? "hour" : seconds < 86_400 ? `${seconds / 3_600} hours` : "day"}`,
    rate: (number: number) => number.toLocaleString(locale, { maximumFractionDigits: number < 10 ? 1 : 0 }),
    perMinute: "orders per minute now",
    summary: (orders: number, rate: number | undefined, period: string) => `${count(orders, "order", "orders")}, ${period}${rate === undefined ? "" : `; ${rate.toLocaleString(locale, { maximumFractionDigits: 1 })} per minute now`}`,
    at: (time: string, what: string) => `${time}: ${what}`,
    ordersAt: (time: string, orders: number) => `${time}: ${count(orders, "order", "orders")}`,
    latencyAt: (p50: number, p95: number) => `p50 ${whole(p50)} ms, p95 ${whole(p95)} ms`,
    median: "p50: half of the events are faster, ms",
    slowest: "p95: 95 % of the events are faster, ms",
    ordersChart: (most: number) => `Bar chart: orders per interval, at most ${most}.`,
    revenue: "Revenue by currency",
    noRevenue: "No revenue in this period.",
    revenueChart: (currency: string) => `Line chart: revenue in ${currency} over time.`,
    states: "Orders by status",
    latency: "From commit to this screen",
    latencyChart: "Line chart: median and 95th percentile per second.",
    latencyHint: (events: number) => (events ? `${count(events, "event", "events")}, last minute` : "waiting for the next event"),
    noChart: "The chart could not be loaded.",
    milliseconds: (value: string) => `${value} ms`,
  },
};
