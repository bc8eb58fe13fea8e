/** One uPlot in the page: as wide as its place, redrawn when its data change, created again when the colours or the size of the letters change. */
import "../../format/browserLanguage"; // before uPlot, which formats when it is imported
import { useEffect, useLayoutEffect, useRef, useState } from "react";
import uPlot from "uplot";
import { useMedia } from "../../browser/useMedia";
import type { Options, Paint } from "./chartStyles";
import { hatching } from "./hatching";
import { type Say, tooltip } from "./tooltip";

interface Props {
  readonly className: string;
  /** A description of the chart. */
  readonly label: string;
  readonly data: uPlot.AlignedData;
  readonly options: Options;
  readonly say: Say;
  /** In seconds: the time before it is hatched, because nothing is known of it. */
  readonly unknownTo?: number | undefined;
}

const NAMES = ["accent", "accent-soft", "quiet", "line", "warn"] as const;

export function Plot({ className, label, data, options, say, unknownTo }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const colours = useColours();
  const isLarge = useMedia("(min-width: 180rem)"); // where a rem is larger (base.css)
  const latest = useRef({ data, say, unknownTo });
  latest.current = { data, say, unknownTo };

  useEffect(() => {
    const element = place.current as HTMLDivElement;
    const { width, height } = element.getBoundingClientRect();
    const cursor = { y: false, points: { show: false }, drag: { x: false, y: false } } as const;
    const paint = paintOf(element);
    const plugins = [tooltip(() => latest.current.say), hatching(() => latest.current.unknownTo, paint.quiet)];
    const fixed = { width, height, cursor, legend: { show: false }, pxAlign: false, plugins };
    const made = new uPlot({ series: [], ...fixed, ...options(paint) }, latest.current.data, element);
    plot.current = made;
    const observer = new ResizeObserver(([entry]) => entry && made.setSize({ width: entry.contentRect.width, height: entry.contentRect.height }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = undefined;
    };
  }, [options, colours, isLarge]);

  useLayoutEffect(() => plot.current?.setData(data), [data]);
  return <div ref={place} className={className} role="img" aria-label={label} />;
}

/** A variable may hold light-dark(): only a property that uses it gives the computed colour. */
function paintOf(element: HTMLElement): Paint {
  const probe = document.createElement("span");
  element.append(probe);
  const paint = Object.fromEntries(
    NAMES.map((name) => {
      probe.style.color = `var(--${name})`;
      return [name, getComputedStyle(probe).color];
    }),
  );
  probe.remove();
  return paint as Paint;
}

/** Changes whenever the page turns light or dark, by the system or by the switch. */
function useColours(): string {
  const isDark = useMedia("(prefers-color-scheme: dark)");
  const [theme, setTheme] = useState(document.documentElement.dataset["theme"]);
  useEffect(() => {
    const observer = new MutationObserver(() => setTheme(document.documentElement.dataset["theme"]));
    observer.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    return () => observer.disconnect();
  }, []);
  return `${theme} ${isDark}`;
}
