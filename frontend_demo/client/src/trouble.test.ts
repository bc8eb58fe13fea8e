import { CombinedError } from "@urql/core";
import { expect, it } from "vitest";
import { isUnsure, troubleOf } from "./trouble.ts";

const answered = (code: string, more: Record<string, unknown> = {}) =>
  troubleOf(new CombinedError({ graphQLErrors: [{ message: `It is ${code}.`, extensions: { code, ...more } }] }));

it.each([
  ["THROTTLED", { retryAfterSeconds: 7 }, { kind: "throttled", seconds: 7 }],
  ["THROTTLED", {}, { kind: "throttled", seconds: 1 }],
  ["UNAUTHENTICATED", {}, { kind: "unauthenticated" }],
  ["TOKEN_EXPIRED", {}, { kind: "unauthenticated" }],
  ["FORBIDDEN", {}, { kind: "forbidden" }],
  ["UNAVAILABLE", {}, { kind: "unavailable" }],
  ["INTERNAL", { requestId: "r-1" }, { kind: "fault", requestId: "r-1" }],
  ["BAD_USER_INPUT", {}, { kind: "refused", message: "It is BAD_USER_INPUT." }],
])("distinguishes %s %o", (code, more, trouble) => {
  expect(answered(code, more)).toEqual(trouble);
});

it("treats a missing answer as an unknown result", () => {
  const trouble = troubleOf(new CombinedError({ networkError: new TypeError("Failed to fetch") }));

  expect(trouble).toEqual({ kind: "unanswered", reason: "Failed to fetch" });
  expect(isUnsure(trouble)).toBe(true);
  expect(isUnsure(answered("INTERNAL"))).toBe(true);
  expect(isUnsure(answered("FORBIDDEN"))).toBe(false);
});
