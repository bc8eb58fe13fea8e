import { getIntrospectionQuery } from "graphql";
import { expect, it, vi } from "vitest";
import { neededVariables, published } from "./published";
import { TABS } from "./tabs";
import { Trust } from "./trust";

const textsOf = (client: string) => published.filter((document) => document.client === client).map(({ text }) => text);

it("offers the first tabs as they are sent, and the page's documents", () => {
  expect(textsOf("graphiql").sort()).toEqual(TABS.map(({ query }) => query).sort());
  expect(published.map(({ client, name }) => `${client}/${name}`)).toContain("frontend_demo/OrderNow");
});

it("has published the introspection that GraphiQL sends", () => {
  const files = import.meta.glob<string>("../../../contracts/graphiql/*.graphql", { query: "?raw", import: "default", eager: true });

  expect(Object.values(files)).toContain(getIntrospectionQuery({ inputValueDeprecation: false, schemaDescription: false }));
});

it("leaves the variables that an operation needs to be filled in", () => {
  expect(neededVariables("query A($id: ID!, $first: Int! = 5, $after: String) { a }")).toBe('{\n  "id": null\n}');
  expect(neededVariables("{ a }")).toBe("");
});

it("knows that documents are refused from the first refusal on, and says so once", () => {
  const trust = new Trust();
  const listener = vi.fn();
  trust.onChange(listener);

  for (const errors of [undefined, "closed", [null], [{ extensions: { code: "THROTTLED" } }], [{}]]) trust.look(errors);
  expect(trust.isRefused()).toBe(false);

  for (let times = 0; times < 2; times++) trust.look([{ extensions: { code: "DOCUMENT_NOT_TRUSTED" } }]);
  expect(trust.isRefused()).toBe(true);
  expect(listener).toHaveBeenCalledOnce();
});
