/** Where the glossary's terms stand in a text. Pure. */
import type { Entry } from "../../glossary";

/** A piece of a text, with the meaning if it is a term. */
export interface Piece {
  readonly text: string;
  readonly meaning?: string;
}

/** The text in pieces. Each term is marked where it first stands, alone or with a plural's s; a longer term goes before a part of it. */
export function pieces(text: string, glossary: readonly Entry[]): readonly Piece[] {
  const longest = [...glossary].sort((left, right) => right.term.length - left.term.length);
  const terms = longest.map(({ term }) => term.replace(/[^\w ]/g, "\\$&")).join("|");
  if (!terms) return [{ text }];
  const unseen = new Map(glossary.map(({ term, meaning }) => [term.toLowerCase(), meaning]));
  const found: Piece[] = [];
  for (const part of text.split(new RegExp(`\\b((?:${terms})s?)\\b`, "i"))) {
    const key = [part, part.replace(/s$/, "")].map((one) => one.toLowerCase()).find((one) => unseen.has(one));
    const meaning = key === undefined ? undefined : unseen.get(key);
    if (key !== undefined) unseen.delete(key);
    found.push(meaning === undefined ? { text: part } : { text: part, meaning });
  }
  return found.filter(({ text: part }) => part !== "");
}
