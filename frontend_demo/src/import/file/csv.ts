/** A file's text as a table: it handles delimiter and quotes, and ignores the meaning. */
import Papa from "papaparse";
import { texts } from "../../texts";

export interface Row {
  /** As a spreadsheet counts: the header is row 1, a quoted line break begins no row. */
  readonly row: number;
  readonly cells: readonly string[];
}

export interface Table {
  readonly header: readonly string[];
  /** Those that have values. */
  readonly rows: readonly Row[];
}

/** Why a file can't be read as a whole. */
export class UnreadableFile extends Error {}

export const ROWS_MAX = 100_000;
const HEADER_CHARACTERS = 64 * 1024;
const DELIMITERS = [",", ";", "\t", "|"];

export function readTable(plain: string): Table {
  if (plain.includes("\0")) throw new UnreadableFile(texts.import.notText);
  const { data, errors } = Papa.parse<string[]>(plain, { delimiter: delimiterOf(plain), skipEmptyLines: false });
  const quotes = errors.find(({ type }) => type === "Quotes");
  if (quotes) throw new UnreadableFile(texts.import.badQuotes((quotes.row ?? 0) + 1));
  const [header, ...rest] = data;
  if (!header || isBlank(header)) throw new UnreadableFile(texts.import.empty);
  if (rest.length > ROWS_MAX + 1) throw new UnreadableFile(texts.import.tooManyRows(ROWS_MAX)); // a line end may follow the last
  const rows = rest.map((cells, index) => ({ row: index + 2, cells: cells.map((cell) => cell.trim()) })).filter(({ cells }) => !isBlank(cells));
  if (!rows.length) throw new UnreadableFile(texts.import.noRows);
  return { header: header.map((name) => name.trim()), rows };
}

/** The delimiter that splits the header into the most names. */
function delimiterOf(all: string): string {
  const text = all.slice(0, HEADER_CHARACTERS);
  const columns = (delimiter: string) => Papa.parse<string[]>(text, { delimiter, preview: 1 }).data[0]?.length ?? 0;
  return DELIMITERS.reduce((best, delimiter) => (columns(delimiter) > columns(best) ? delimiter : best));
}

function isBlank(cells: readonly string[]): boolean {
  return cells.every((cell) => !cell.trim());
}
