import { expect, it } from "vitest";
import { operationIn } from "./fetcher";

const name = (query: string, operationName?: string | null) => operationIn({ query, ...(operationName !== undefined && { operationName }) })?.name?.value;

it("finds the operation that is meant, under the name of another tab too", () => {
  expect(name("query A { a } query B { b }", "B")).toBe("B");
  expect(name("subscription Now { a }", "Before")).toBe("Now");
  expect(operationIn({ query: "{ a }", operationName: "Before" })?.operation).toBe("query");
});

it("leaves to the server what is unclear", () => {
  expect(operationIn({ query: "query A { a } query B { b }", operationName: "Before" })).toBeUndefined();
  expect(operationIn({ query: "not GraphQL" })).toBeUndefined();
});
