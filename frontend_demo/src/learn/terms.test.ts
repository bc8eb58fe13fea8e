import { expect, it } from "vitest";
import glossary from "virtual:glossary";
import { pieces } from "./terms";

const small = [
  { term: "event", meaning: "a row" },
  { term: "event log", meaning: "all events" },
  { term: "userError", meaning: "an error" },
];

it("has the glossary of the docs", () => {
  expect(glossary.length).toBeGreaterThan(30);
  expect(glossary).toContainEqual({ term: "ledger", meaning: "The table of all deliveries." });
  for (const { meaning } of glossary) expect(meaning).not.toMatch(/[|`*]/);
});

it("marks each term where it first stands, the longer one first", () => {
  expect(pieces("The event log has Events; an event is a row.", small)).toEqual([
    { text: "The " },
    { text: "event log", meaning: "all events" },
    { text: " has " },
    { text: "Events", meaning: "a row" },
    { text: "; an " },
    { text: "event" },
    { text: " is a row." },
  ]);
});

it("marks no part of a word, and nothing without a glossary", () => {
  expect(pieces("prevents, userErrors", small)).toEqual([{ text: "prevents, " }, { text: "userErrors", meaning: "an error" }]);
  expect(pieces("event", [])).toEqual([{ text: "event" }]);
});
