/** The only overlay of the page, and how components read it. */
import { useSyncExternalStore } from "react";
import type { OrderStatus } from "../api/generated";
import { NOTHING, type Overlay, shown } from "./overlay";

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

/** An order as it is shown, with the changes made on this page. */
export function useShown<T extends { readonly id: string; readonly status: OrderStatus; readonly version: number }>(order: T): T {
  return shown(order, useOverlay());
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
