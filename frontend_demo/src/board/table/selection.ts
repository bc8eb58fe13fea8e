/** The orders that are chosen, of those that are listed: an order that leaves the list is not chosen any more. */
import { useMemo, useRef, useState } from "react";
import type { BoardOrderFragment } from "../../api/generated";

export interface Selection {
  readonly ids: ReadonlySet<string>;
  /** Choose this order or leave it; `isRange`: do the same to all orders from the last one to this. */
  readonly toggle: (id: string, isRange?: boolean) => void;
  readonly choose: (ids: readonly string[]) => void;
  readonly clear: () => void;
}

const NONE: ReadonlySet<string> = new Set();

export function useSelection(orders: readonly BoardOrderFragment[]): Selection {
  const [chosen, setChosen] = useState(NONE);
  const last = useRef<string>(undefined);
  const ids = useMemo(() => (chosen.size ? listed(chosen, orders) : NONE), [chosen, orders]);
  return {
    ids,
    toggle: (id, isRange = false) => {
      setChosen(toggled(ids, orders, id, isRange ? last.current : undefined));
      last.current = id;
    },
    choose: (wanted) => setChosen(new Set(wanted)),
    clear: () => setChosen(NONE),
  };
}

function listed(chosen: ReadonlySet<string>, orders: readonly BoardOrderFragment[]): ReadonlySet<string> {
  return new Set(orders.flatMap(({ id }) => (chosen.has(id) ? [id] : [])));
}

/** The selection after a click on an order; with `from`, after a click with Shift. */
export function toggled(chosen: ReadonlySet<string>, orders: readonly Pick<BoardOrderFragment, "id">[], id: string, from?: string): ReadonlySet<string> {
  const places = [from ?? id, id].map((one) => orders.findIndex((order) => order.id === one)).sort((left, right) => left - right);
  const [first = 0, end = 0] = places;
  const range = first < 0 ? [id] : orders.slice(first, end + 1).map((order) => order.id);
  const next = new Set(chosen);
  for (const one of range) {
    if (chosen.has(id)) next.delete(one);
    else next.add(one);
  }
  return next;
}
