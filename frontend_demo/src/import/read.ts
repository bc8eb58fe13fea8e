/** A file's bytes as drafts of orders, in any supported format. */
import { texts } from "../texts";
import { type Table, UnreadableFile, decoded, readTable } from "./csv";
import type { ReadFile } from "./drafts";
import { isOwn, ownColumn, ownDrafts } from "./own";
import { isShopify, shopifyColumn, shopifyDrafts } from "./shopify";

/** Throws UnreadableFile, with the reason as text. */
export function readFile(bytes: Uint8Array): ReadFile {
  const table = readTable(decoded(bytes));
  const rows = table.rows.length;
  if (isShopify(table.header)) return { format: "shopify", drafts: shopifyDrafts(table), rows, columnOf: shopifyColumn };
  if (isOwn(table.header)) return { format: "own", drafts: ownDrafts(table), rows, columnOf: ownColumn };
  throw new UnreadableFile(texts.import.unknownFormat(knownNames(table)));
}

function knownNames({ header }: Table): readonly string[] {
  return header.map((name) => (name.length > 30 ? `${name.slice(0, 30)}…` : name)).slice(0, 12);
}
