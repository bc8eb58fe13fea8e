import { useSearchParams } from "wouter";
import type { StatsWindow } from "../../api/generated";

export const WINDOWS: readonly StatsWindow[] = ["HOUR", "DAY", "WEEK"];

/** The period of the statistics: in the address, like the filter. */
export function useStatsWindow(): [StatsWindow, (window: StatsWindow) => void] {
  const [parameters, setParameters] = useSearchParams();
  const window = WINDOWS.find((one) => one === parameters.get("window")) ?? "HOUR";
  const set = (next: StatsWindow) =>
    setParameters(
      (now) => {
        const changed = new URLSearchParams(now);
        if (next === "HOUR") changed.delete("window");
        else changed.set("window", next);
        return changed;
      },
      { replace: true },
    );
  return [window, set];
}
