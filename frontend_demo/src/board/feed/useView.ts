/** What the board shows, in the address: a link to a filtered and sorted board shows the same to every user. */
import { useCallback, useMemo } from "react";
import { useSearchParams } from "wouter";
import type { View } from "./engine";
import { type Filter, type Refused, readFilter, refused, writeFilter } from "../filter/filter";
import { NEWEST_FIRST, type Sort, isNewestFirst, readSort, writeSort } from "../filter/sort";

const SORT = "sort";

export interface ViewInAddress {
  readonly view: View;
  /** What the address says and this page can't do. */
  readonly refused: readonly Refused[];
  /** What the address says and this page can't do is dropped from it. */
  readonly filterBy: (change: Partial<Filter>) => void;
  readonly sortBy: (sort: Sort) => void;
}

export function useView(): ViewInAddress {
  const [parameters, setParameters] = useSearchParams();
  const change = useCallback((to: (now: URLSearchParams) => URLSearchParams) => setParameters((now) => to(new URLSearchParams(now)), { replace: true }), [setParameters]);
  const key = writeView(new URLSearchParams(), readView(parameters)).toString();
  const view = useMemo(() => readView(new URLSearchParams(key)), [key]); // the same object until it changes
  const filterBy = useCallback((wanted: Partial<Filter>) => change((now) => writeView(now, { filter: { ...readFilter(now), ...wanted }, sort: readView(now).sort })), [change]);
  const sortBy = useCallback((sort: Sort) => change((now) => writeView(now, { filter: readFilter(now), sort })), [change]);
  return { view, refused: refusedIn(parameters), filterBy, sortBy };
}

export function readView(parameters: URLSearchParams): View {
  return { filter: readFilter(parameters), sort: readSort(parameters.get(SORT) ?? "") ?? NEWEST_FIRST };
}

/** The address with another view; its other parameters stay. */
export function writeView(parameters: URLSearchParams, { filter, sort }: View): URLSearchParams {
  const next = writeFilter(parameters, filter);
  if (isNewestFirst(sort)) next.delete(SORT);
  else next.set(SORT, writeSort(sort));
  return next;
}

export function refusedIn(parameters: URLSearchParams): readonly Refused[] {
  const value = parameters.get(SORT);
  return [...refused(parameters), ...(value === null || readSort(value) ? [] : [{ name: SORT, value }])];
}
