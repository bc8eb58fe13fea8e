/** A number with its noun: "1 order", "2 orders". */
export const count = (number: number, one: string, many: string) => `${number} ${number === 1 ? one : many}`;
