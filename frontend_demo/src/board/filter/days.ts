/** Days as a date field gives them, "2026-11-30", in this browser's time zone. Pure. */

const DAY = /^(\d{4})-(\d{2})-(\d{2})$/;

export function isDay(text: string): boolean {
  const date = dateOf(text);
  return date !== undefined && dayOf(date) === text;
}

/** When the day begins, as the API takes it. */
export function beginOf(day: string): string {
  return (dateOf(day) as Date).toISOString();
}

export function dayAfter(day: string, days = 1): string {
  const date = dateOf(day) as Date;
  date.setDate(date.getDate() + days); // a day may have 23 or 25 hours
  return dayOf(date);
}

/** The day of a moment. */
export function dayOf(date: Date): string {
  const two = (number: number) => `${number}`.padStart(2, "0");
  return `${`${date.getFullYear()}`.padStart(4, "0")}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

function dateOf(day: string): Date | undefined {
  const [, year, month, date] = DAY.exec(day) ?? [];
  if (!year || year < "1970") return undefined;
  return new Date(Number(year), Number(month) - 1, Number(date));
}
