/** Durations for people. */
const SECOND = 1_000;
const UNITS = [
  [86_400_000, "d", 3_600_000, "h"],
  [3_600_000, "h", 60_000, "min"],
  [60_000, "min", SECOND, "s"],
] as const;

/** "4 ms", "1.2 s", "2 min 3 s", "3 d 4 h". */
export function duration(ms: number): string {
  if (ms < 1) return ms > 0 ? "<1 ms" : "0 ms";
  if (ms < SECOND) return `${Math.round(ms)} ms`;
  for (const [size, name, smaller, smallName] of UNITS) {
    if (ms >= size) {
      const rest = Math.floor((ms % size) / smaller);
      return `${Math.floor(ms / size)} ${name}${rest ? ` ${rest} ${smallName}` : ""}`;
    }
  }
  return `${Number((ms / SECOND).toFixed(ms < 10 * SECOND ? 1 : 0))} s`;
}
