/** The intervals of a period for a chart, with those whose orders are not counted. Pure. */
import type { BoardNumbersFragment } from "../../api/generated";

type Interval = BoardNumbersFragment["intervals"][number];
/** In seconds since 1970. */
export type Shown = readonly { readonly begin: number; readonly counted: Interval | undefined }[];

const seconds = (time: string) => Date.parse(time) / 1000;

/** Every interval of the period, oldest first: the server leaves out those that it does not count. */
export function wholePeriod({ intervals, intervalSeconds, since }: Pick<BoardNumbersFragment, "intervals" | "intervalSeconds" | "since">): Shown {
  const counted = intervals.map((one) => ({ begin: seconds(one.begin), counted: one }));
  const first = counted[0]?.begin ?? 0;
  const begin = Math.floor(seconds(since) / intervalSeconds) * intervalSeconds;
  const missing = Array.from({ length: Math.max(0, (first - begin) / intervalSeconds) }, (_, index) => ({ begin: begin + index * intervalSeconds, counted: undefined }));
  return [...missing, ...counted];
}

/** Until when the orders of the period are not counted; undefined if all are. */
export const uncountedTo = ({ isComplete, countedFrom }: Pick<BoardNumbersFragment, "isComplete" | "countedFrom">) => (isComplete ? undefined : seconds(countedFrom));
