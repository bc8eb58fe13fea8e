import { expect, it } from "vitest";
import { inputOf, momentOf } from "./moments";

it("gives a moment's local minute and reads it back", () => {
  const ms = Date.UTC(2026, 10, 30, 22, 15);

  expect(inputOf(ms)).toMatch(/^2026-1[12]-\d\dT\d\d:\d\d$/);
  expect(momentOf(inputOf(ms))).toBe("2026-11-30T22:15:00.000Z");
});

it("has no moment for an empty field", () => {
  expect(momentOf("")).toBeUndefined();
});
