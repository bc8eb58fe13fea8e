/** Numbers, money and times for people, in their locale and time zone. */
import { texts } from "../texts";
import { language, locale } from "./locale";

const RELATIVE = new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "narrow" });
const EXACT = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "long" });
/** A format takes longer to create than to use. */
const MONEY = new Map<string, Intl.NumberFormat>();
const UNITS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

/** The amount is a decimal text, and is not converted to a double. */
export function money({ amount, currency }: { amount: string; currency: string }): string {
  const format = MONEY.get(currency) ?? new Intl.NumberFormat(locale, { style: "currency", currency });
  MONEY.set(currency, format);
  return format.format(amount as `${number}`);
}

export function ago(time: string, now: number): string {
  const seconds = Math.max(0, (now - Date.parse(time)) / 1000);
  for (const [unit, size] of UNITS) if (seconds >= size) return RELATIVE.format(-Math.floor(seconds / size), unit);
  return texts.justNow;
}

/** Date and time to the second, with the time zone. */
export const exact = (time: string) => EXACT.format(new Date(time));

/** With a capital letter at its beginning, as a label or a sentence has it. */
export function sentenceCase(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
