/** Which chapters the reader has marked as done; kept in this browser alone. */
const KEY = "learn.done";

export function readDone(): ReadonlySet<number> {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return new Set(Array.isArray(kept) ? kept.filter((one): one is number => typeof one === "number") : []);
  } catch {
    return new Set(); // not our text, or no storage
  }
}

export function keepDone(done: ReadonlySet<number>): void {
  try {
    localStorage.setItem(KEY, JSON.stringify([...done]));
  } catch {
    // Without storage, the marks last as long as the page.
  }
}
