import { readFileSync } from "node:fs";
import { buildSchema, isEnumType } from "graphql";
import { expect, it } from "vitest";
import { troubleOf } from "orders-client";
import { refusalText as german } from "./de/refusals";
import { troubleText as germanChange, unreadText as germanRead } from "./de/trouble";
import { refusalText as english } from "./en/refusals";
import { troubleText as change, unreadText as read } from "./en/trouble";

const schema = buildSchema(readFileSync(new URL("../../../graphql_api/schema.graphql", import.meta.url), "utf8"));
const enums = Object.values(schema.getTypeMap()).filter(isEnumType);
const codesOf = (isMeant: (name: string) => boolean) => [...new Set(enums.filter(({ name }) => isMeant(name)).flatMap((one) => one.getValues().map(({ name }) => name)))];
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

it.each(codesOf((name) => /.ErrorCode$/.test(name)))("has a German text for %s", (code) => {
  const said = ["customerName", "lines", "quantity"].map((field) => german({ code, field: [field], message: "" }));

  expect(said.join("")).not.toBe("");
});

/** What only a mistake in the page's own requests or an old page can bring about. */
const OF_PROGRAMS = ["BAD_USER_INPUT", "CURSOR_EXPIRED", "DOCUMENT_NOT_TRUSTED", "GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "PERSISTED_QUERY_NOT_FOUND", "QUERY_TOO_EXPENSIVE", "STREAM_LAGGED"];

it.each(codesOf((name) => name === "ErrorCode").filter((code) => !OF_PROGRAMS.includes(code)))("says %s of a whole request in both languages", (code) => {
  const trouble = troubleOf({ graphQLErrors: [{ message: "The server's own words.", extensions: { code } }] });
  const said = [change, read, germanChange, germanRead].map((text) => text(trouble));

  expect(said).not.toContain("The server's own words.");
  expect(said.slice(0, 2)).not.toContain(said[2]);
});
