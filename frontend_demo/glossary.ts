/** The terms of docs/glossary.md, read when the front end is built. */
import { existsSync, readFileSync } from "node:fs";

export interface Entry {
  readonly term: string;
  readonly meaning: string;
}

/** The terms of a glossary; none where there is no such file, as in the build of an image. */
export function glossaryOf(path: string): Entry[] {
  if (!existsSync(path)) return [];
  const rows = readFileSync(path, "utf8").matchAll(/^\| \*\*(.+?)\*\* \| (.+) \|$/gm);
  return [...rows].map(([, term = "", meaning = ""]) => ({ term, meaning: meaning.replace(/`/g, "") }));
}
