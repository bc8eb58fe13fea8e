/** Tries again after a network error: for parts of a page that it does not need at first. */
const WAITS_MS = [500, 1_000, 2_000, 4_000, 8_000];

export async function patiently<T>(load: () => Promise<T>, waits: readonly number[] = WAITS_MS): Promise<T> {
  for (const ms of waits) {
    try {
      return await load();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, ms));
    }
  }
  return load();
}
