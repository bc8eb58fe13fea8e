/** A file's bytes as drafts of orders, in any supported format. */
import { texts } from "../../texts";
import { withPoints } from "./amounts";
import { type Table, UnreadableFile, readTable } from "./csv";
import type { ReadFile } from "./drafts";
import { type Encoding, decodedAs } from "./encoding";
import { own } from "./own";
import { shopify } from "./shopify";

export const BYTES_MAX = 20 * 1024 * 1024;
const FORMATS = [shopify, own];

/** Throws UnreadableFile, with the reason as text. */
export function readFile(bytes: Uint8Array, encoding: Encoding = "utf-8"): ReadFile {
  const text = decodedAs(bytes, encoding);
  if (text === null) throw new UnreadableFile(texts.import.notIn(texts.import.encodings[encoding]));
  const read = readTable(text);
  const format = FORMATS.find(({ missing }) => !missing(read.header).length);
  if (!format) throw new UnreadableFile(reasonFor(read));
  const { table, hasCommas } = withPoints(read, format.amounts);
  return { format: format.name, drafts: format.drafts(table), rows: table.rows.length, hasCommas, columnOf: format.columnOf };
}

/** The columns that the file lacks, if it has some of a format's own ones; otherwise the columns that it has. */
function reasonFor(table: Table): string {
  const near = FORMATS.find(({ resembles }) => resembles(table.header));
  return near ? texts.import.missingColumns(texts.import.formatNames[near.name], near.missing(table.header), knownNames(table)) : texts.import.unknownFormat(knownNames(table));
}

function knownNames({ header }: Table): readonly string[] {
  return header.map((name) => (name.length > 30 ? `${name.slice(0, 30)}…` : name)).slice(0, 12);
}
