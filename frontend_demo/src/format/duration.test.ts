import { expect, test } from "vitest";
import { duration } from "./duration";

test.each([
  [0, "0 ms"],
  [0.4, "<1 ms"],
  [12.4, "12 ms"],
  [1_000, "1 s"],
  [1_240, "1.2 s"],
  [42_000, "42 s"],
  [123_000, "2 min 3 s"],
  [7_200_000, "2 h"],
  [100_000_000, "1 d 3 h"],
])("%d ms is %s", (ms, text) => {
  expect(duration(ms)).toBe(text);
});
