import { expect, it } from "vitest";
import { beginOf, dayAfter, dayOf, isDay } from "./days";

it("knows which days there are", () => {
  expect(["2026-11-30", "2028-02-29"].every(isDay)).toBe(true);
  expect(["2026-02-29", "2026-13-01", "30.11.2026", "0001-01-01", ""].some(isDay)).toBe(false);
});

it("begins at midnight of this time zone, and the next day begins where it ends", () => {
  expect(new Date(beginOf("2026-03-29")).getHours()).toBe(0);
  expect(dayAfter("2026-12-31")).toBe("2027-01-01");
  expect(dayAfter("2026-03-29", -1)).toBe("2026-03-28");
  expect(dayOf(new Date(beginOf("2026-10-25")))).toBe("2026-10-25");
});
