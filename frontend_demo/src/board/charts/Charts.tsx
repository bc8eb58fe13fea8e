/** The board's charts: bars of orders, a line of revenue for each currency, and the latency second by second. */
import "uplot/dist/uPlot.min.css";
import { useMemo } from "react";
import type uPlot from "uplot";
import { texts } from "../../texts";
import type { LatencyPoint, Stats } from "../Numbers";
import { Plot } from "./Plot";
import { axes, bars, line, sparkline } from "./styles";

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

function Orders({ stats: { intervals } }: { stats: Stats }) {
  const data = useMemo<uPlot.AlignedData>(() => [intervals.map(({ begin }) => seconds(begin)), intervals.map(({ orders }) => orders)], [intervals]);
  const most = Math.max(...intervals.map(({ orders }) => orders));
  return <Plot className="chart" label={texts.numbers.ordersChart(most)} data={data} options={bars} />;
}

/** The shape of the data; the exact amount is beside it. */
function Revenue({ stats: { intervals }, currency }: { stats: Stats; currency: string }) {
  const data = useMemo<uPlot.AlignedData>(
    () => [intervals.map(({ begin }) => seconds(begin)), intervals.map(({ revenue }) => Number(revenue.find((one) => one.currency === currency)?.amount ?? 0))],
    [intervals, currency],
  );
  return <Plot className="sparkline" label={texts.numbers.revenueChart(currency)} data={data} options={sparkline} />;
}

function LatencyChart({ points }: { points: readonly LatencyPoint[] }) {
  const data = useMemo<uPlot.AlignedData>(() => [points.map(({ at }) => seconds(at)), points.map(({ p50 }) => p50 ?? null), points.map(({ p95 }) => p95 ?? null)], [points]);
  return <Plot className="chart" label={texts.numbers.latencyChart} data={data} options={latency} />;
}

const latency = (paint: Parameters<typeof line>[1]): Partial<uPlot.Options> => ({
  axes: axes(paint, 46),
  scales: { y: { range: (_, __, most) => [0, Math.max(most ?? 0, 20)] } },
  series: [{}, line("accent", paint), line("warn", paint)],
});
