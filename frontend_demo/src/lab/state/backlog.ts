/** A receiver's backlog over the last minute, and how far it has caught up. Pure. */
export interface Backlog {
  /** The backlog at each read, oldest first. */
  readonly samples: readonly number[];
  /** The largest backlog since it was last empty. */
  readonly peak: number;
}

export const NO_BACKLOG: Backlog = { samples: [], peak: 0 };

const SAMPLES_MAX = 60;
/** Below this, there is no real backlog. */
const WORTH_SHOWING = 4;

export function looked(backlog: Backlog, left: number): Backlog {
  return { samples: [...backlog.samples, left].slice(-SAMPLES_MAX), peak: left === 0 ? 0 : Math.max(backlog.peak, left) };
}

/** The part of the backlog that is done, from 0 to 1; undefined while it grows, or is too small for a bar. */
export function caughtUp({ samples, peak }: Backlog): number | undefined {
  const left = samples.at(-1) ?? 0;
  return peak >= WORTH_SHOWING && left < peak && left > 0 ? (peak - left) / peak : undefined;
}

/** The samples as the points of an SVG polyline in a box of this size, the newest at the right edge. */
export function points({ samples }: Backlog, width: number, height: number): string {
  const most = Math.max(...samples, WORTH_SHOWING);
  const step = width / (SAMPLES_MAX - 1);
  const first = width - step * (samples.length - 1);
  return samples.map((left, index) => `${round(first + index * step)},${round(height - (left / most) * height)}`).join(" ");
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
