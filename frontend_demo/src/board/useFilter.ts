/** The filter in the URL, so a link to a filtered board shows the same orders to every user. */
import { useCallback, useMemo } from "react";
import { useSearchParams } from "wouter";
import { type Filter, readFilter, writeFilter } from "./filter";

export function useFilter(): [Filter, (change: Partial<Filter>) => void] {
  const [parameters, setParameters] = useSearchParams();
  const key = writeFilter(new URLSearchParams(), readFilter(parameters)).toString();
  const filter = useMemo(() => readFilter(new URLSearchParams(key)), [key]); // the same object until it changes
  const change = useCallback(
    (change: Partial<Filter>) => setParameters((now) => writeFilter(now, { ...readFilter(now), ...change }), { replace: true }),
    [setParameters],
  );
  return [filter, change];
}
