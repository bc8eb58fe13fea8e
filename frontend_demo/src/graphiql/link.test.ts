import { expect, it } from "vitest";
import { graphiqlLink } from "../api/graphiql";
import { OrderNowDocument } from "../api/generated";
import { linkedTab } from "./link";
import { published } from "./published";

const inSearch = (parameters: Record<string, string>) => linkedTab({ search: `?${new URLSearchParams(parameters)}`, hash: "" });

it("opens nothing without a query", async () => {
  expect(await linkedTab({ search: "", hash: "" })).toBeUndefined();
  expect(await linkedTab({ search: "?variables={}", hash: "#top" })).toBeUndefined();
  expect(await linkedTab({ search: "", hash: "#document=NoSuch" })).toBeUndefined();
});

it("opens the app's operations as they are published", async () => {
  const { hash } = new URL(graphiqlLink(OrderNowDocument, { id: "x" }), "http://localhost");
  const text = published.find(({ client, name }) => client === "frontend_demo" && name === "OrderNow")?.text;

  expect(text).toContain("query OrderNow");
  expect(await linkedTab({ search: "", hash })).toEqual({ query: text, variables: '{\n  "id": "x"\n}' });
});

it("opens the query with its variables", async () => {
  expect(await inSearch({ query: "query A($a: Int) { a(a: $a) }", variables: '{"a":1}' })).toEqual({
    query: "query A($a: Int) { a(a: $a) }",
    variables: '{\n  "a": 1\n}',
  });
});

it("reads the fragment of the address too", async () => {
  expect(await linkedTab({ search: "", hash: "#query=%7B+a+%7D" })).toEqual({ query: "{ a }" });
});

it("opens the named operation of several", async () => {
  const several = "query A { a } query B { b ...F } fragment F on Q { f }";
  expect((await inSearch({ query: several, operationName: "B" }))?.query).toBe(
    "query B {\n  b\n  ...F\n}\n\nfragment F on Q {\n  f\n}",
  );
});

it.each(["query A { a } # kept", "not GraphQL"])("leaves %s as it was written", async (query) => {
  expect(await inSearch({ query, operationName: "A", variables: "{" })).toEqual({ query, variables: "{" });
});
