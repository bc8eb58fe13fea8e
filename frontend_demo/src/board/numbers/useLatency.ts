/** The times from commit to screen: of the last minute, and second by second. */
import { useEffect, useRef, useState } from "react";
import type { Latencies, Latency } from "../feed/latency";

const EVERY_MS = 1_000;
const POINTS = 60;

/** One second; undefined times if it had no events. */
export interface LatencyPoint extends Latency {
  readonly at: number;
}

export function useLatency(latencies: Latencies): { readonly now: Latency; readonly points: readonly LatencyPoint[] } {
  const [now, setNow] = useState(() => latencies.read(Date.now()));
  const points = useRef<readonly LatencyPoint[]>([]);
  useEffect(() => {
    const timer = setInterval(() => {
      const at = Date.now();
      points.current = [...points.current, { at, ...latencies.read(at, EVERY_MS) }].slice(-POINTS);
      setNow(latencies.read(at));
    }, EVERY_MS);
    return () => clearInterval(timer);
  }, [latencies]);
  return { now, points: points.current };
}
