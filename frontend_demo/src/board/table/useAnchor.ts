/** Keeps a reader's scroll position: what changes above, such as rows that arrive, scrolls the page by its height. Returns how many rows arrived. */
import { useEffect, useLayoutEffect, useRef, useState } from "react";
import type { BoardOrderFragment } from "../../api/generated";

/** The row that is read, and where it was in the page. */
interface Anchor {
  readonly id: string;
  readonly index: number;
  readonly at: number;
}

/** `top`: where the rows begin, without what covers them at the window's top. */
export function useAnchor(orders: readonly BoardOrderFragment[], height: number, top: number): number {
  const anchor = useRef<Anchor>(undefined);
  const [unseen, setUnseen] = useState(0);

  useLayoutEffect(() => {
    const { current } = anchor;
    if (!current) return;
    const index = orders.findIndex(({ id }) => id === current.id);
    if (index < 0) return;
    const at = top + index * height;
    if (at === current.at) return;
    anchor.current = { ...current, index, at };
    window.scrollBy(0, at - current.at);
    setUnseen((count) => Math.max(0, count + index - current.index));
  }, [orders, height, top]);

  const rows = useRef(orders);
  rows.current = orders;
  useEffect(() => {
    const scrolled = () => {
      const index = Math.floor((window.scrollY - top) / height);
      const order = index > 0 ? rows.current[index] : undefined;
      anchor.current = order && { id: order.id, index, at: top + index * height };
      if (!order) setUnseen(0);
    };
    window.addEventListener("scroll", scrolled, { passive: true });
    return () => window.removeEventListener("scroll", scrolled);
  }, [height, top]);

  return unseen;
}
