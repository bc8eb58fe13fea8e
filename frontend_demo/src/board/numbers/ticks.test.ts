import { expect, it } from "vitest";
import { different } from "./ticks";

it("takes the shortest way to write the values that tells them apart", () => {
  const ways = [(value: number) => value.toFixed(0), (value: number) => value.toFixed(1)];
  expect(different([1, 2, 3], ways)).toEqual(["1", "2", "3"]);
  expect(different([1, 1.5, 2], ways)).toEqual(["1.0", "1.5", "2.0"]);
  expect(different([1, 1.01], ways)).toEqual(["1.0", "1.0"]);
  expect(different([], ways)).toEqual([]);
});
