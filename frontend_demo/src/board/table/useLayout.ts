/** The place of the list in the page. */
import { type RefObject, useCallback, useEffect, useLayoutEffect, useState } from "react";
import { useMedia } from "../../browser/useMedia";

/** As in base.css. */
const LARGER = "(min-width: 180rem)";

export type Layout = "cards" | "narrow" | "middle" | "wide";

/** From so many rem on; `middle` has the articles, `wide` the time of the last change. */
const LAYOUTS: readonly (readonly [number, Layout])[] = [
  [78.75, "wide"],
  [62.25, "middle"],
  [44.75, "narrow"],
];

export function layoutOf(width: number): Layout {
  return LAYOUTS.find(([least]) => width >= least)?.[1] ?? "cards";
}

/** The pixels of a rem: base.css has larger letters for 4K, and people for themselves. */
export function useRem(): number {
  useMedia(LARGER);
  return Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
}

/** An element's width in pixels. */
export function useWidth(element: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const observed = element.current;
    if (!observed) return;
    setWidth(observed.getBoundingClientRect().width);
    const observer = new ResizeObserver(([entry]) => entry && setWidth(entry.contentRect.width));
    observer.observe(observed);
    return () => observer.disconnect();
  }, [element]);
  return width;
}

/** Where an element begins, in pixels from the page's begin; read again after every render, and when the page's height changes. */
export function useTop(element: RefObject<HTMLElement | null>): number {
  const [top, setTop] = useState(0);
  const read = useCallback(() => setTop(element.current ? Math.round(element.current.getBoundingClientRect().top + window.scrollY) : 0), [element]);
  useLayoutEffect(read);
  useEffect(() => {
    const observer = new ResizeObserver(read);
    observer.observe(document.body);
    return () => observer.disconnect();
  }, [read]);
  return top;
}
