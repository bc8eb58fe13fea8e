import { expect, it } from "vitest";
import { linkedTab } from "./link";

const inSearch = (parameters: Record<string, string>) => linkedTab({ search: `?${new URLSearchParams(parameters)}`, hash: "" });

it("opens nothing without a query", () => {
  expect(linkedTab({ search: "", hash: "" })).toBeUndefined();
  expect(linkedTab({ search: "?variables={}", hash: "#top" })).toBeUndefined();
});

it("opens the query with its variables", () => {
  expect(inSearch({ query: "query A($a: Int) { a(a: $a) }", variables: '{"a":1}' })).toEqual({
    query: "query A($a: Int) { a(a: $a) }",
    variables: '{\n  "a": 1\n}',
  });
});

it("reads the fragment of the address too", () => {
  expect(linkedTab({ search: "", hash: "#query=%7B+a+%7D" })).toEqual({ query: "{ a }" });
});

it("opens the named operation of several", () => {
  expect(inSearch({ query: "query A { a } query B { b ...F } fragment F on Q { f }", operationName: "B" })?.query).toBe(
    "query B {\n  b\n  ...F\n}\n\nfragment F on Q {\n  f\n}",
  );
});

it.each(["query A { a } # kept", "not GraphQL"])("leaves %s as it was written", (query) => {
  expect(inSearch({ query, operationName: "A", variables: "{" })).toEqual({ query, variables: "{" });
});
