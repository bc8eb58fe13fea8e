/** The styles of the charts, in the page's own colours. */
import uPlot from "uplot";
import { locale } from "../../app/locale";

/** The page's colours as the browser computes them, light or dark. */
export type Paint = Readonly<Record<"accent" | "accent-soft" | "quiet" | "line" | "warn", string>>;
export type Options = (paint: Paint) => Partial<uPlot.Options>;

const FONT = "12px system-ui, sans-serif";
const CLOCK = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short" });
const DAY_SECONDS = 86_400;

const whole = (value: number) => (Number.isInteger(value) ? `${value}` : "");

export function axes({ quiet, line }: Paint, size = 36): uPlot.Axis[] {
  const common = { stroke: quiet, font: FONT, ticks: { show: false } };
  return [
    {
      ...common,
      grid: { show: false },
      space: 70,
      size: 24,
      values: (plot, ticks) => ticks.map((tick) => ((plot.scales["x"]?.max ?? 0) - (plot.scales["x"]?.min ?? 0) > 2 * DAY_SECONDS ? DAY : CLOCK).format(tick * 1000)),
    },
    { ...common, grid: { stroke: line, width: 1 }, space: 28, size, values: (_, ticks) => ticks.map(whole) },
  ];
}

const pillars = uPlot.paths.bars?.({ size: [0.7, 24], align: 1, radius: 0.2 });

/** About as wide as one bar: the last bar begins where the data end. */
const step = (first: number, last: number) => (last - first) / 60;

export const bars: Options = (paint) => ({
  axes: axes(paint),
  scales: { x: { range: (_, first, last) => [first, last + step(first, last)] }, y: { range: (_, __, most) => [0, Math.max(most, 4)] } },
  series: [{}, { fill: paint.accent, stroke: paint.accent, width: 0, points: { show: false }, ...(pillars && { paths: pillars }) }],
});

export const sparkline: Options = (paint) => ({
  axes: [{ show: false }, { show: false }],
  padding: [3, 0, 3, 0],
  scales: { y: { range: (_, __, most) => [0, Math.max(most, 1)] } },
  series: [{}, { ...line("accent", paint), fill: paint["accent-soft"] }],
});

export function line(colour: "accent" | "warn", paint: Paint): uPlot.Series {
  return { stroke: paint[colour], width: 1.5, spanGaps: true, points: { show: false } };
}
