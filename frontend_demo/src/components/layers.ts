/** The modal dialogs that are open, the front one last: nothing behind it can be clicked or is read aloud. */
import { useLayoutEffect, useSyncExternalStore } from "react";

let open: readonly string[] = [];
const listeners = new Set<() => void>();

function change(next: readonly string[]): void {
  open = next;
  for (const listener of listeners) listener();
}

/** This dialog is in front, until another one opens or it is closed. */
export function useLayer(id: string, isModal: boolean): void {
  useLayoutEffect(() => {
    if (!isModal) return undefined;
    change([...open, id]);
    return () => change(open.filter((one) => one !== id));
  }, [id, isModal]);
}

/** The dialog in front; undefined: the page itself. */
export function useFront(): string | undefined {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => open.at(-1),
  );
}
