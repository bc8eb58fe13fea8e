/** The address names the dialog over a page, for links, reloads and "back": ?order=NUMBER and ?new. */
import { useSearchParams } from "wouter";

export const ORDER = "order";
export const NEW = "new";

/** The order with an open drawer, and functions to open another and to close it. */
export function useOrderDrawer() {
  const [parameters, setParameters] = useSearchParams();
  const number = parameters.get(ORDER);
  const set = (value: string | null, replace: boolean) => setParameters((now) => changed(now, ORDER, value), { replace });
  return { number, open: (wanted: string) => set(wanted, number !== null), close: () => set(null, true) };
}

/** Whether the order form is open, and functions to open and close it. */
export function useNewOrder() {
  const [parameters, setParameters] = useSearchParams();
  return {
    isOpen: parameters.has(NEW),
    open: () => setParameters((now) => changed(now, NEW, "")),
    close: () => setParameters((now) => changed(now, NEW, null), { replace: true }),
  };
}

function changed(parameters: URLSearchParams, name: string, value: string | null): URLSearchParams {
  const next = new URLSearchParams(parameters);
  if (value === null) next.delete(name);
  else next.set(name, value);
  return next;
}
