/** The styles of the charts, in the page's own colours. */
import uPlot from "uplot";
import { locale } from "../../format/locale";
import { different } from "./ticks";

/** The page's colours as the browser computes them, light or dark. */
export type Paint = Readonly<Record<"accent" | "accent-soft" | "quiet" | "line" | "warn", string>>;
export type Options = (paint: Paint) => Partial<uPlot.Options>;

/** The page's pixels of a rem, against the usual ones: uPlot counts in pixels. */
const scale = () => Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
const time = (options: Intl.DateTimeFormatOptions) => {
  const format = new Intl.DateTimeFormat(locale, options);
  return (seconds: number) => format.format(seconds * 1000);
};
const CLOCK = time({ hour: "numeric", minute: "2-digit" });
const CLOCK_SECONDS = time({ hour: "numeric", minute: "2-digit", second: "2-digit" });
const DAY = time({ day: "numeric", month: "short" });
const DAY_CLOCK = time({ day: "numeric", month: "short", hour: "numeric", minute: "2-digit" });
const DAY_SECONDS = 86_400;

/** When an interval begins, with its day if the chart has several. */
export const momentIn = (from: number, to: number) => (to - from > DAY_SECONDS ? DAY_CLOCK : to - from > 300 ? CLOCK : CLOCK_SECONDS);

const number = (digits: number) => {
  const format = new Intl.NumberFormat(locale, { maximumFractionDigits: digits, notation: "compact" });
  return (value: number) => format.format(value);
};
const NUMBERS = [number(0), number(1), number(2), number(4)];

/** `size` is the width of the left axis in pixels. `steps`: only whole numbers have a line. */
export function axes({ quiet, line }: Paint, size: number, isWhole: boolean): uPlot.Axis[] {
  const times = scale();
  const common = { stroke: quiet, font: `${12 * times}px system-ui, sans-serif`, ticks: { show: false } };
  return [
    { ...common, grid: { show: false }, space: 84 * times, gap: 8 * times, size: 28 * times, values: (plot, ticks) => different(ticks, waysIn(plot)) },
    { ...common, grid: { stroke: line, width: 1 }, space: 28, size: size * times, ...(isWhole && { incrs: WHOLE }), values: (_, ticks) => different(ticks, NUMBERS) },
  ];
}

/** At the right there is room for half of the last time. */
export const padding = (): uPlot.Padding => [null, 34 * scale(), null, null];

const WHOLE = [1, 2, 5].flatMap((first) => Array.from({ length: 10 }, (_, power) => first * 10 ** power)).sort((left, right) => left - right);

function waysIn(plot: uPlot): readonly ((seconds: number) => string)[] {
  const { min = 0, max = 0 } = plot.scales["x"] ?? {};
  return max - min > 2 * DAY_SECONDS ? [DAY, DAY_CLOCK] : max - min > DAY_SECONDS / 2 ? [CLOCK, DAY_CLOCK] : [CLOCK, CLOCK_SECONDS];
}

const pillars = uPlot.paths.bars?.({ size: [0.7, 24], align: 1, radius: 0.2 });

/** About as wide as one bar: the last bar begins where the data end. */
const step = (first: number, last: number) => (last - first) / 60;

export const bars: Options = (paint) => ({
  axes: axes(paint, 38, true),
  padding: padding(),
  scales: { x: { range: (_, first, last) => [first, last + step(first, last)] }, y: { range: (_, __, most) => [0, Math.max(most, 4)] } },
  series: [{}, { fill: paint.accent, stroke: paint.accent, width: 0, points: { show: false }, ...(pillars && { paths: pillars }) }],
});

export const sparkline: Options = (paint) => ({
  axes: [{ show: false }, { show: false }],
  padding: [3, 0, 3, 0],
  scales: { y: { range: (_, __, most) => [0, Math.max(most, 1)] } },
  series: [{}, { ...line("accent", paint), fill: paint["accent-soft"] }],
});

/** A single value has no line: it is a point. */
export function line(colour: "accent" | "warn", paint: Paint): uPlot.Series {
  const isAlone = (plot: uPlot, series: number) => (plot.data[series] ?? []).filter((value) => value !== null).length === 1;
  return { stroke: paint[colour], width: 1.5, spanGaps: true, points: { show: isAlone, size: 6 * scale(), fill: paint[colour] } };
}
