import { locale } from "../app/locale";

const NUMBER = new Intl.NumberFormat(locale);

/** A number with its noun: "1 order", "2,000 orders". */
export const count = (number: number, one: string, many: string) => `${NUMBER.format(number)} ${number === 1 ? one : many}`;

/** A number in the person's locale: "2,000". */
export const whole = (number: number) => NUMBER.format(number);
