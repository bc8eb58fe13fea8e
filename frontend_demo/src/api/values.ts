/**
 * Text that people wrote, as GraphQL's Int and Decimal take it. Only what can't be sent at all is told here;
 * whether a number is a good one is for the server to say, in its `userErrors`.
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

/** Stays text: no double in between. */
export function decimal(text: string): Read<string> {
  const plain = text.trim();
  if (/^-?[0-9]+(\.[0-9]+)?$/.test(plain) && plain.length <= DECIMAL_CHARACTERS_MAX) return { value: plain };
  if (/^-?[0-9. ']*[0-9],[0-9]+$/.test(plain)) return { problem: `Must have a decimal point, not a comma: 12.50${quoted(plain)}.` };
  return { problem: `Must be a plain decimal number, such as 12.50${quoted(plain)}.` };
}

function quoted(text: string): string {
  return text ? `; it is “${text.length > 30 ? `${text.slice(0, 30)}…` : text}”` : "";
}

/** The exact sum of decimals, each times a whole number, in units of the smallest place that any has. */
export function isSum(parts: readonly { readonly amount: string; readonly times: number }[], total: string): boolean {
  const places = Math.max(...[total, ...parts.map(({ amount }) => amount)].map((text) => text.split(".")[1]?.length ?? 0));
  const units = (text: string) => {
    const [whole = "0", fraction = ""] = text.split(".");
    return BigInt(whole + fraction.padEnd(places, "0"));
  };
  return parts.reduce((sum, { amount, times }) => sum + units(amount) * BigInt(times), 0n) === units(total);
}
