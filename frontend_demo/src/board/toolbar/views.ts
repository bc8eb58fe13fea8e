/** Views that a user has saved in this browser: a name and the parameters of the address. */
import { useSyncExternalStore } from "react";

export interface SavedView {
  readonly name: string;
  /** What stands after "?", without the dialogs over the page. */
  readonly search: string;
}

const KEY = "board-views";
const VIEWS_MAX = 20;
export const NAME_MAX = 40;

let views: readonly SavedView[] | undefined;
const listeners = new Set<() => void>();

export function useSavedViews(): readonly SavedView[] {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, saved);
}

/** Under this name, in place of an older view with it; the oldest is dropped if there are too many. */
export function saveView(view: SavedView): void {
  keep(withView(saved(), view));
}

export function forgetView(name: string): void {
  keep(saved().filter((one) => one.name !== name));
}

export function withView(views: readonly SavedView[], view: SavedView): readonly SavedView[] {
  return [...views.filter(({ name }) => name !== view.name), view].slice(-VIEWS_MAX);
}

/** What another version of the page has kept may be of any form. */
export function viewsIn(text: string | null): readonly SavedView[] {
  try {
    const kept: unknown = JSON.parse(text ?? "[]");
    return Array.isArray(kept) ? kept.filter(isView) : [];
  } catch {
    return [];
  }
}

function isView(one: Partial<SavedView> | null): one is SavedView {
  return typeof one?.name === "string" && typeof one.search === "string";
}

function saved(): readonly SavedView[] {
  return (views ??= viewsIn(window.localStorage.getItem(KEY)));
}

function keep(next: readonly SavedView[]): void {
  views = next;
  window.localStorage.setItem(KEY, JSON.stringify(next));
  for (const listener of listeners) listener();
}
