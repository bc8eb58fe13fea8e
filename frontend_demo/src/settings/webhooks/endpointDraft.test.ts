import { expect, it } from "vitest";
import { draftOf, inputOf } from "./endpointDraft";

it("sends null for what is left empty", () => {
  expect(inputOf({ ...draftOf(undefined), url: " https://a.example/ " })).toEqual({ url: "https://a.example/", description: null, eventTypes: null, where: null, document: null });
});

it("reads the filter as JSON and names it if it is none", () => {
  const draft = { ...draftOf(undefined), url: "https://a.example/" };

  expect(inputOf({ ...draft, where: '{"status": {"eq": "PAID"}}' })).toMatchObject({ where: { status: { eq: "PAID" } } });
  for (const where of ["{", "[]", "1", "null"]) expect(inputOf({ ...draft, where })).toBe("where");
});

it("shows an endpoint as it was typed", () => {
  const typed = { url: "https://a.example/", description: "ERP", eventTypes: ["ORDER_PAID" as const], where: { text: { contains: "a" } }, document: "subscription { orderEvents { sequence } }" };
  const row = { ...typed, id: "1", enabled: true, disabledReason: null, previousSecretUntil: null, receiver: "webhook:1" };

  expect(inputOf(draftOf(row))).toEqual(typed);
});
