/** Keeps a reader's scroll position: rows that arrive above scroll the page by their height. Returns how many arrived. */
import { useEffect, useLayoutEffect, useRef, useState } from "react";
import type { BoardOrderFragment } from "../api/generated";

export function useAnchor(orders: readonly BoardOrderFragment[], height: number, top: number): number {
  const anchor = useRef<{ readonly id: string; readonly index: number }>(undefined);
  const [unseen, setUnseen] = useState(0);

  useLayoutEffect(() => {
    const { current } = anchor;
    if (!current) return;
    const index = orders.findIndex(({ id }) => id === current.id);
    if (index < 0 || index === current.index) return;
    anchor.current = { ...current, index };
    window.scrollBy(0, (index - current.index) * height);
    setUnseen((count) => Math.max(0, count + index - current.index));
  }, [orders, height]);

  const rows = useRef(orders);
  rows.current = orders;
  useEffect(() => {
    const scrolled = () => {
      const index = Math.floor((window.scrollY - top) / height);
      const order = index > 0 ? rows.current[index] : undefined;
      anchor.current = order && { id: order.id, index };
      if (!order) setUnseen(0);
    };
    window.addEventListener("scroll", scrolled, { passive: true });
    return () => window.removeEventListener("scroll", scrolled);
  }, [height, top]);

  return unseen;
}
