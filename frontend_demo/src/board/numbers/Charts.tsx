/** The board's charts: bars of orders, a line of revenue for each currency, and the latency second by second. */
import "uplot/dist/uPlot.min.css";
import { useMemo } from "react";
import { Plot } from "./Plot";
import type uPlot from "uplot";
import { money } from "../../format/format";
import { texts } from "../../texts";
import type { LatencyPoint } from "./useLatency";
import type { Stats } from "./useStats";
import { uncountedTo, wholePeriod } from "./period";
import { axes, bars, line, momentIn, padding, sparkline } from "./chartStyles";

type Props = { readonly kind: "orders"; readonly stats: Stats } | { readonly kind: "revenue"; readonly stats: Stats; readonly currency: string } | { readonly kind: "latency"; readonly points: readonly LatencyPoint[] };

export default function Charts(props: Props) {
  switch (props.kind) {
    case "orders":
      return <Orders stats={props.stats} />;
    case "revenue":
      return <Revenue stats={props.stats} currency={props.currency} />;
    case "latency":
      return <LatencyChart points={props.points} />;
  }
}

const seconds = (time: string | number) => new Date(time).getTime() / 1000;

/** The moments of some data, and how one of them is written. */
function useTimes(times: readonly (string | number)[]) {
  const first = times[0] === undefined ? 0 : seconds(times[0]);
  const last = seconds(times.at(-1) ?? 0);
  const write = momentIn(first, last);
  return (index: number) => write(seconds(times[index] ?? 0));
}

function Orders({ stats }: { stats: Stats }) {
  const shown = useMemo(() => wholePeriod(stats), [stats]);
  const data = useMemo<uPlot.AlignedData>(() => [shown.map(({ begin }) => begin), shown.map(({ counted }) => counted?.orders ?? null)], [shown]);
  const at = useTimes(shown.map(({ begin }) => begin * 1000));
  const most = Math.max(0, ...stats.intervals.map(({ orders }) => orders));
  const say = (index: number) => {
    const counted = shown[index]?.counted;
    return counted ? texts.numbers.ordersAt(at(index), counted.orders) : texts.numbers.at(at(index), texts.numbers.notCounted);
  };
  return <Plot className="chart" label={labelled(texts.numbers.ordersChart(most), stats)} data={data} options={bars} say={say} unknownTo={uncountedTo(stats)} />;
}

const labelled = (label: string, { isComplete, countedFrom }: Stats) => (isComplete ? label : `${label} ${texts.numbers.countedFrom(countedFrom)}`);

/** The shape of the data; the exact amount is beside it. */
function Revenue({ stats, currency }: { stats: Stats; currency: string }) {
  const shown = useMemo(() => wholePeriod(stats), [stats]);
  const amounts = useMemo(() => shown.map(({ counted }) => counted && (counted.revenue.find((one) => one.currency === currency)?.amount ?? "0")), [shown, currency]);
  const data = useMemo<uPlot.AlignedData>(() => [shown.map(({ begin }) => begin), amounts.map((amount) => (amount === undefined ? null : Number(amount)))], [shown, amounts]);
  const at = useTimes(shown.map(({ begin }) => begin * 1000));
  const say = (index: number) => {
    const amount = amounts[index];
    return texts.numbers.at(at(index), amount === undefined ? texts.numbers.notCounted : money({ amount, currency }));
  };
  return <Plot className="sparkline" label={labelled(texts.numbers.revenueChart(currency), stats)} data={data} options={sparkline} say={say} unknownTo={uncountedTo(stats)} />;
}

function LatencyChart({ points }: { points: readonly LatencyPoint[] }) {
  const data = useMemo<uPlot.AlignedData>(() => [points.map(({ at }) => seconds(at)), points.map(({ p50 }) => p50 ?? null), points.map(({ p95 }) => p95 ?? null)], [points]);
  const at = useTimes(points.map(({ at }) => at));
  const say = (index: number) => {
    const { p50, p95 } = points[index] ?? {};
    return p50 === undefined || p95 === undefined ? null : texts.numbers.at(at(index), texts.numbers.latencyAt(Math.round(p50), Math.round(p95)));
  };
  return (
    <>
      <ul className="chart-legend" aria-hidden="true">
        <li data-line="p50">{texts.numbers.median}</li>
        <li data-line="p95">{texts.numbers.slowest}</li>
      </ul>
      <Plot className="chart" label={texts.numbers.latencyChart} data={data} options={latency} say={say} />
    </>
  );
}

/** From the first to the last second that is known, a minute at least; without any, the minute before now. uPlot would widen it for few data. */
function lastMinute({ data: [seconds] }: uPlot): [number, number] {
  const end = seconds.at(-1) ?? Date.now() / 1000;
  return [Math.min(seconds[0] ?? end, end - 60), end];
}

const latency = (paint: Parameters<typeof line>[1]): Partial<uPlot.Options> => ({
  axes: axes(paint, 46, true),
  padding: padding(),
  scales: { x: { range: lastMinute }, y: { range: (_, __, most) => [0, Math.max(most ?? 0, 20)] } },
  series: [{}, line("accent", paint), line("warn", paint)],
});
