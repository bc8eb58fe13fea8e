/** Texts of an axis, of which no two are equal. Pure. */

/** The first of these ways to write the values that tells each from the next; without one, the last. */
export function different<Value>(values: readonly Value[], ways: readonly ((value: Value) => string)[]): string[] {
  const written = ways.map((write) => values.map(write));
  return written.find((texts) => new Set(texts).size === texts.length) ?? written.at(-1) ?? [];
}
