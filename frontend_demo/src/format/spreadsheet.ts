/** How this person's spreadsheets read a CSV: those that write 1,50 part its cells at semicolons. */
import { locale } from "./locale";

export type Spreadsheet = "point" | "comma";

export function spreadsheetOf(locale: string): Spreadsheet {
  const parts = new Intl.NumberFormat(locale).formatToParts(1.5);
  return parts.some(({ type, value }) => type === "decimal" && value === ",") ? "comma" : "point";
}

export const spreadsheet = spreadsheetOf(locale);

export const delimiter = spreadsheet === "comma" ? ";" : ",";
