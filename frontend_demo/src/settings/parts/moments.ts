/** Between moments and what an input of the type "datetime-local" holds: local time without a zone. */
export const HOUR_MS = 3_600_000;

export function inputOf(ms: number): string {
  const local = new Date(ms - new Date(ms).getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 16);
}

/** In UTC, as the API takes it; undefined for a text that is no moment. */
export function momentOf(input: string): string | undefined {
  const ms = Date.parse(input);
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}
