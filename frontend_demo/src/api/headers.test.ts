import { expect, it } from "vitest";
import { csrfHeaders } from "./headers";

it("sends the token of Django's cookie", () => {
  expect(csrfHeaders("sessionid=a; csrftoken=b7C")).toEqual({ "X-CSRFToken": "b7C" });
});

it("sends nothing without the cookie, or with one that only sounds like it", () => {
  expect(csrfHeaders("")).toEqual({});
  expect(csrfHeaders("xcsrftoken=b7C")).toEqual({});
});
