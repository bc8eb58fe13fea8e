import { expect, it } from "vitest";
import { ago, money } from "./format";

it("shows money to the last digit", () => {
  expect(money({ amount: "9007199254740993.10", currency: "EUR" })).toBe("€9,007,199,254,740,993.10");
  expect(money({ amount: "1200", currency: "JPY" })).toBe("¥1,200");
});

it.each([
  [0, "just now"],
  [59, "just now"],
  [60, "1m ago"],
  [7_199, "1h ago"],
  [200_000, "2d ago"],
  [-5, "just now"],
])("shows %i seconds as %s", (seconds, text) => {
  const time = "2026-01-01T00:00:00+00:00";

  expect(ago(time, Date.parse(time) + seconds * 1000)).toBe(text);
});
