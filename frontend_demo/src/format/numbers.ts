import { locale } from "./locale";

const NUMBER = new Intl.NumberFormat(locale);

/** A number with its noun: "1 order", "2,000 orders". */
export const count = (number: number, one: string, many: string) => `${NUMBER.format(number)} ${number === 1 ? one : many}`;

const DAY = new Intl.DateTimeFormat(locale, { dateStyle: "medium" });

/** A day of a date field, "2026-11-30", in the person's locale. */
export const day = (text: string) => DAY.format(new Date(`${text}T00:00`));

/** A number in the person's locale: "2,000". */
export const whole = (number: number) => NUMBER.format(number);

const MOMENT = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });

/** A moment that the API gives, in the person's locale and time zone. */
export const moment = (time: string) => MOMENT.format(new Date(time));
