import { expect, it } from "vitest";
import { newKey } from "./keys";

it("makes a new key each time", () => {
  expect(newKey()).toMatch(/^[0-9a-f]{32}$/);
  expect(newKey()).not.toBe(newKey());
});
