import { expect, it } from "vitest";
import { csrfHeaders } from "./headers.ts";

it("sends the token of Django's cookie", () => {
  expect(csrfHeaders("sessionid=a; csrftoken=b7C")).toEqual({ "X-CSRFToken": "b7C" });
});

it("sends nothing without the cookie, or with a cookie of a similar name", () => {
  expect(csrfHeaders("")).toEqual({});
  expect(csrfHeaders("xcsrftoken=b7C")).toEqual({});
});
