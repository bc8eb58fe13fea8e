/** The times of events from their commit to this screen, for the last minute. */

const KEPT_MS = 60_000;
const KEPT_MOST = 5_000;

export interface Latency {
  readonly count: number;
  readonly p50: number | undefined;
  readonly p95: number | undefined;
}

export class Latencies {
  #samples: { readonly at: number; readonly ms: number }[] = [];

  add(at: number, ms: number): void {
    this.#samples.push({ at, ms: Math.max(0, ms) });
    if (this.#samples.length > KEPT_MOST) this.#samples = this.#samples.slice(-KEPT_MOST / 2);
  }

  read(now: number, keptMs = KEPT_MS): Latency {
    this.#samples = this.#samples.filter(({ at }) => now - at < KEPT_MS);
    const sorted = this.#samples.flatMap(({ at, ms }) => (now - at < keptMs ? [ms] : [])).sort((left, right) => left - right);
    return { count: sorted.length, p50: percentile(sorted, 0.5), p95: percentile(sorted, 0.95) };
  }
}

/** By nearest rank: a measured value. */
export function percentile(sorted: readonly number[], share: number): number | undefined {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
}
