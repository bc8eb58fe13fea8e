/** Whether this page received each event once, and how fast. Pure: one event after the other in their order of arrival. */
export interface Tally {
  readonly last: bigint | undefined;
  readonly received: number;
  /** Missed sequences. */
  readonly missed: number;
  /** Repeated events. */
  readonly doubled: number;
  /** From commit to this page, in milliseconds, of the newest events. */
  readonly delays: readonly number[];
}

export const NOTHING_RECEIVED: Tally = { last: undefined, received: 0, missed: 0, doubled: 0, delays: [] };

const DELAYS_KEPT = 50;

export function counted(tally: Tally, sequence: string, delayMs: number | undefined): Tally {
  const number = BigInt(sequence);
  if (tally.last !== undefined && number <= tally.last) return { ...tally, doubled: tally.doubled + 1 };
  return {
    last: number,
    received: tally.received + 1,
    missed: tally.missed + (tally.last === undefined ? 0 : Number(number - tally.last - 1n)),
    doubled: tally.doubled,
    delays: delayMs === undefined ? tally.delays : [...tally.delays, Math.max(delayMs, 0)].slice(-DELAYS_KEPT),
  };
}

export function median(values: readonly number[]): number | undefined {
  return [...values].sort((left, right) => left - right)[Math.floor(values.length / 2)];
}
