import { expect, it } from "vitest";
import { toggled } from "./selection";

const orders = ["a", "b", "c", "d"].map((id) => ({ id }));
const after = (chosen: string[], id: string, from?: string) => [...toggled(new Set(chosen), orders, id, from)].sort().join("");

it("chooses an order, and leaves it at the second click", () => {
  expect(after(["a"], "c")).toBe("ac");
  expect(after(["a", "c"], "c")).toBe("a");
});

it("chooses or leaves a range, in either direction", () => {
  expect(after(["b"], "d", "b")).toBe("bcd");
  expect(after(["d"], "b", "d")).toBe("bcd");
  expect(after(["a", "b", "c"], "c", "b")).toBe("a");
});

it("is about the order alone when the other end is no longer listed", () => {
  expect(after([], "c", "gone")).toBe("c");
});
