/** The one overlay of the page, and how components see it. */
import { useEffect, useMemo, useSyncExternalStore } from "react";
import type { BoardOrderFragment, OrderStatus } from "../api/generated";
import { NOTHING, type Overlay, seen, shown, shownRows } from "./overlay";

let overlay: Overlay = NOTHING;
const listeners = new Set<() => void>();

export function changeOverlay(change: (overlay: Overlay) => Overlay): void {
  const before = overlay;
  overlay = change(overlay);
  if (overlay !== before) for (const listener of listeners) listener();
}

export function useOverlay(): Overlay {
  return useSyncExternalStore(subscribe, () => overlay);
}

/** An order as it is shown, with what was done to it on this page. */
export function useShown<T extends { readonly id: string; readonly status: OrderStatus; readonly version: number }>(order: T): T {
  return shown(order, useOverlay());
}

/** The feed's rows as they are shown: with what was placed and moved on this page, as long as the feed does not tell it. */
export function useShownRows(rows: readonly BoardOrderFragment[]): readonly BoardOrderFragment[] {
  const now = useOverlay();
  useEffect(() => {
    if (now.placed.length) changeOverlay((overlay) => seen(overlay, (id) => rows.some((row) => row.id === id)));
  }, [rows, now]);
  return useMemo(() => shownRows(rows, now), [rows, now]);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
