/** Short messages that disappear by themselves. `toast("…")` may be called from anywhere. */
import { useSyncExternalStore } from "react";

export interface Toast {
  readonly id: number;
  readonly text: string;
  readonly tone: "plain" | "good" | "bad";
  readonly link: ToastLink | undefined;
}

/** To what the message is about: an order, over the present page, or a page of the app, or a part of it. */
export type ToastLink = { readonly order: string } | { readonly href: string };

const SHOWN_MS = 6_000;

let toasts: readonly Toast[] = [];
let last = 0;
const listeners = new Set<() => void>();

function change(next: readonly Toast[]): void {
  toasts = next;
  for (const listener of listeners) listener();
}

export function toast(text: string, tone: Toast["tone"], link?: ToastLink): void {
  const id = ++last;
  change([...toasts, { id, text, tone, link }]);
  setTimeout(() => dismiss(id), SHOWN_MS);
}

export function dismiss(id: number): void {
  change(toasts.filter((one) => one.id !== id));
}

export function useToasts(): readonly Toast[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => toasts,
  );
}
