import { readFileSync } from "node:fs";
import { buildSchema, getOperationAST, getVariableValues, parse, validate } from "graphql";
import { expect, it } from "vitest";
import { TABS } from "./tabs";

const schema = buildSchema(readFileSync(new URL("../../../graphql_api/schema.graphql", import.meta.url), "utf8"));

it("opens with a query, a mutation and a subscription", () => {
  expect(TABS.map(({ query }) => getOperationAST(parse(query))?.operation)).toEqual(["query", "mutation", "subscription"]);
});

it.each(TABS)("has an operation that fits the schema: $query", ({ query, variables = "{}" }) => {
  const document = parse(query);
  const definitions = getOperationAST(document)?.variableDefinitions ?? [];

  expect(validate(schema, document)).toEqual([]);
  expect(getVariableValues(schema, definitions, JSON.parse(variables) as Record<string, unknown>).errors).toBeUndefined();
});
