import { readFileSync } from "node:fs";
import { buildSchema, isEnumType } from "graphql";
import { expect, it } from "vitest";
import { refusalText as german } from "./de/refusals";
import { refusalText as english } from "./en/refusals";

const schema = buildSchema(readFileSync(new URL("../../../graphql_api/schema.graphql", import.meta.url), "utf8"));
const codes = schema.getType("OrderErrorCode");
const refusal = { code: "INVALID", field: ["lines", "0", "quantity"], message: "Must be at least 1." };

it("says what the server refuses in the person's language", () => {
  expect(english(refusal)).toBe("Must be at least 1.");
  expect(german(refusal)).toBe("Muss eine ganze Zahl ab 1 sein.");
});

it("says it as the server does where there is no text", () => {
  expect(german({ ...refusal, field: ["metadata"], message: "Must be flat." })).toBe("Must be flat.");
  expect(german({ code: "OF_A_NEWER_SERVER", field: null, message: "It rains." })).toBe("It rains.");
  expect(german({ field: null, message: "Der Server antwortet nicht." })).toBe("Der Server antwortet nicht.");
});

it.each(isEnumType(codes) ? codes.getValues().map(({ name }) => name) : [])("has a German text for %s", (code) => {
  const said = ["customerName", "lines", "quantity"].map((field) => german({ code, field: [field], message: "" }));

  expect(said.join("")).not.toBe("");
});
