/** Tab reaches one row; from there the arrow keys, Home, End and the page keys move to others, visible or not. */
import { type FocusEvent, type KeyboardEvent, useEffect, useRef, useState } from "react";
import type { BoardOrderFragment } from "../../api/generated";
import { rowId } from "./OrderRow";

/** Space chooses the order; `toggle` is the selection's. */
export function useRowKeys(orders: readonly BoardOrderFragment[], toggle: (id: string) => void) {
  const [active, setActive] = useState<string>();
  const wanted = useRef(false);
  const index = active === undefined ? -1 : orders.findIndex(({ id }) => id === active);

  useEffect(() => {
    if (!wanted.current || active === undefined) return;
    const row = document.getElementById(rowId(active));
    if (!row) return; // it is in the page after the next paint
    wanted.current = false;
    row.focus({ preventScroll: true });
  });

  const press = (event: KeyboardEvent, scrollTo: (index: number) => void, page: number) => {
    if ((event.target as HTMLElement).closest("dialog")) return; // a question of the row's
    const from = Math.max(index, 0);
    if (event.key === " " && (event.target as HTMLElement).tagName === "A" && orders[from]) {
      event.preventDefault();
      return toggle(orders[from].id);
    }
    const to = { ArrowDown: from + 1, ArrowUp: from - 1, Home: 0, End: orders.length - 1, PageDown: from + page, PageUp: from - page }[event.key];
    if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    const next = Math.min(Math.max(to, 0), orders.length - 1);
    event.preventDefault();
    wanted.current = true;
    setActive(orders[next]?.id);
    scrollTo(next);
  };

  const focused = (event: FocusEvent) => {
    const link = (event.target as HTMLElement).closest("tr")?.querySelector("th a");
    const row = orders.find(({ id }) => rowId(id) === link?.id);
    if (row) setActive(row.id);
  };

  return { index, press, focused };
}
