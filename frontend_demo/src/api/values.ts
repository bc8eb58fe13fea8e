/**
 * Parses a user's text for GraphQL's Int and Decimal. This finds only values that cannot be sent;
 * the server checks all other rules and answers in `userErrors`.
 */
export type Read<T> = { readonly value: T } | { readonly problem: string };

const INT_MAX = 2_147_483_647;
const DECIMAL_CHARACTERS_MAX = 40;

export function wholeNumber(text: string): Read<number> {
  const plain = text.trim();
  if (!/^-?[0-9]+$/.test(plain)) return { problem: `Must be a whole number, such as 2${quoted(plain)}.` };
  const value = Number(plain);
  return Math.abs(value) <= INT_MAX ? { value } : { problem: "Must be at most 1000000." };
}

/** Stays text, without conversion to a double. */
export function decimal(text: string): Read<string> {
  const plain = text.trim();
  if (/^-?[0-9]+(\.[0-9]+)?$/.test(plain) && plain.length <= DECIMAL_CHARACTERS_MAX) return { value: plain };
  if (/^-?[0-9. ']*[0-9],[0-9]+$/.test(plain)) return { problem: `Must have a decimal point, not a comma: 12.50${quoted(plain)}.` };
  return { problem: `Must be a plain decimal number, such as 12.50${quoted(plain)}.` };
}

function quoted(text: string): string {
  return text ? `; it is “${text.length > 30 ? `${text.slice(0, 30)}…` : text}”` : "";
}

/** A quantity at a decimal amount per piece. */
export interface Part {
  readonly amount: string;
  readonly times: number;
}

/** The exact sum, with the most decimal places of its parts. */
export function sumOf(parts: readonly Part[]): string {
  const places = Math.max(0, ...parts.map(({ amount }) => placesOf(amount)));
  const sum = parts.reduce((all, { amount, times }) => all + units(amount, places) * BigInt(times), 0n);
  const digits = `${sum < 0n ? -sum : sum}`.padStart(places + 1, "0");
  const cut = digits.length - places;
  return `${sum < 0n ? "-" : ""}${digits.slice(0, cut)}${places ? `.${digits.slice(cut)}` : ""}`;
}

export function isSum(parts: readonly Part[], total: string): boolean {
  return /^-?[0.]+$/.test(sumOf([...parts, { amount: total, times: -1 }]));
}

/** Compares two decimals exactly: negative if the first is smaller. */
export function compareAmounts(left: string, right: string): number {
  const places = Math.max(placesOf(left), placesOf(right));
  const difference = units(left, places) - units(right, places);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

function placesOf(amount: string): number {
  return amount.split(".")[1]?.length ?? 0;
}

function units(amount: string, places: number): bigint {
  const [whole = "0", fraction = ""] = amount.split(".");
  return BigInt(whole + fraction.padEnd(places, "0"));
}
