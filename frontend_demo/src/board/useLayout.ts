/** The place of the list in the page. */
import { type RefObject, useLayoutEffect, useState } from "react";

export type Layout = "cards" | "narrow" | "middle" | "wide";

/** From so many pixels on; `middle` has the articles, `wide` the time of the last change. */
const LAYOUTS: readonly (readonly [number, Layout])[] = [
  [1_240, "wide"],
  [940, "middle"],
  [680, "narrow"],
];

export function layoutOf(width: number): Layout {
  return LAYOUTS.find(([least]) => width >= least)?.[1] ?? "cards";
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

/** Where an element begins, in pixels from the page's begin; read again after every render. */
export function useTop(element: RefObject<HTMLElement | null>): number {
  const [top, setTop] = useState(0);
  useLayoutEffect(() => setTop(element.current ? Math.round(element.current.getBoundingClientRect().top + window.scrollY) : 0));
  return top;
}
