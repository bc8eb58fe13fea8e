/** The statistics of the orders that the filter matches: live for a window, or of the days that the filter names, read now and then. */
import { useLatest } from "orders-client/react";
import { useClient } from "urql";
import { asked } from "../../api/asked";
import { type BoardNumbersFragment, BoardPeriodDocument, BoardStatsDocument, type BoardStatsSubscription, type StatsWindow } from "../../api/generated";
import { socket } from "../../api/live";
import { useReading } from "../../loading/reading";
import type { View } from "../feed/engine";
import { beginOf, dayAfter, dayOf } from "../filter/days";
import { type Filter, whereOf } from "../filter/filter";

const READ_EVERY_MS = 10_000;
/** The API's longest period is 366 times 24 hours; a year of local days may be an hour longer. */
const DAYS_MAX = 365;

export type Stats = BoardNumbersFragment;

/** Of no view: none. */
export function useStats(window: StatsWindow, view: View | undefined): Stats | undefined {
  const client = useClient();
  const days = view && daysOf(view.filter);
  const where = view && whereOf({ ...view.filter, from: "", to: "" }, view.articles);
  const live = useLatest<BoardStatsSubscription>(socket, asked(BoardStatsDocument), days || !where ? undefined : { window, where })?.orderStats;
  const { value: period } = useReading<Stats | undefined>(JSON.stringify({ days, where }), {
    read: async () => {
      if (!days || !where) return undefined;
      const { data, error } = await client.query(BoardPeriodDocument, { ...days, where }).toPromise();
      if (!data) throw error;
      return data.orderStats;
    },
    again: () => (days ? READ_EVERY_MS : undefined),
  });
  return days ? period : live;
}

/** The filter's days as a period that the API counts: at most the last year of them. */
export function daysOf({ from, to }: Pick<Filter, "from" | "to">): { readonly from: string; readonly to: string | null } | undefined {
  if (!from && !to) return undefined;
  const end = to || dayOf(new Date());
  const first = dayAfter(end, 1 - DAYS_MAX);
  return { from: beginOf(from > first ? from : first), to: to ? beginOf(dayAfter(to)) : null };
}
