/** Links that open an operation in GraphiQL: in the query string, as in every GraphiQL, or in the fragment. */
import { Kind, parse, print, separateOperations } from "graphql";
import type { Tab } from "./tabs";

export function linkedTab({ search, hash }: Pick<Location, "search" | "hash">): Tab | undefined {
  const given = new URLSearchParams(hash.includes("query=") ? hash.slice(1) : search);
  const query = given.get("query");
  if (!query) return undefined;
  const variables = given.get("variables");
  return { query: chosen(query, given.get("operationName")), ...(variables && { variables: pretty(variables) }) };
}

/** From a document with several operations, the named one with the fragments that it needs. */
function chosen(query: string, operationName: string | null): string {
  if (!operationName) return query;
  try {
    const document = parse(query);
    const several = document.definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION).length > 1;
    const operation = separateOperations(document)[operationName];
    return several && operation ? print(operation) : query;
  } catch {
    return query; // GraphiQL's editor shows what is wrong with it.
  }
}

function pretty(variables: string): string {
  try {
    return JSON.stringify(JSON.parse(variables), null, 2);
  } catch {
    return variables;
  }
}
