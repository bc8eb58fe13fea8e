/** Texts of the live board: src/board/. */
import type { BoardOrderFragment, StatsWindow } from "../../api/generated";
import type { Away } from "../../board/away";
import { count } from "../numbers";

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
    heading: "Newest orders",
    arrived: (number: number) => (number ? `${count(number, "order", "orders")} arrived since you opened this page` : "New orders appear at the top automatically"),
    arrivedAloud: (number: number, { number: newest, customerName }: Pick<BoardOrderFragment, "number" | "customerName">) =>
      number === 1 ? `Order ${newest} of ${customerName || "an unnamed customer"} arrived.` : `${number} orders arrived; the newest is ${newest} of ${customerName || "an unnamed customer"}.`,
    unseen: (number: number) => `↑ ${count(number, "new order", "new orders")}`,
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
    textHint: "Search number, name, e-mail …  ( / )",
    statuses: "Status",
    currency: "Currency",
    anyCurrency: "Any currency",
    least: "Minimum total",
    leastProblem: "A decimal number, such as 12.50",
    clear: "Clear the filters",
  },
  numbers: {
    heading: "Statistics",
    window: "Period",
    windows: { HOUR: "Hour", DAY: "Day", WEEK: "Week" } satisfies Record<StatsWindow, string>,
    orders: { HOUR: "Orders per minute, last hour", DAY: "Orders per 15 minutes, last day", WEEK: "Orders per 2 hours, last week" } satisfies Record<StatsWindow, string>,
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
