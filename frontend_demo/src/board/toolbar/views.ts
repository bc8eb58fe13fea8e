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
    window.addEventListener("storage", changedElsewhere);
    return () => listeners.delete(listener);
  }, saved);
}

/** Another tab of this browser has saved, renamed or deleted a view. */
function changedElsewhere({ key }: StorageEvent): void {
  if (key !== KEY && key !== null) return;
  views = undefined;
  for (const listener of listeners) listener();
}

/** As stored now: another tab may have changed them a moment ago. */
function stored(): readonly SavedView[] {
  return viewsIn(window.localStorage.getItem(KEY));
}

/** Under this name, in place of an older view with it; the oldest is dropped if there are too many. */
export function saveView(view: SavedView): void {
  keep(withView(stored(), view));
}

/** At its place; another view with the new name is dropped. */
export function renameView(from: string, to: string): void {
  keep(withName(stored(), from, to));
}

export function withName(views: readonly SavedView[], from: string, to: string): readonly SavedView[] {
  return views.filter(({ name }) => name === from || name !== to).map((view) => (view.name === from ? { ...view, name: to } : view));
}

export function forgetView(name: string): void {
  keep(stored().filter((one) => one.name !== name));
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
  return (views ??= stored());
}

function keep(next: readonly SavedView[]): void {
  views = next;
  window.localStorage.setItem(KEY, JSON.stringify(next));
  for (const listener of listeners) listener();
}
