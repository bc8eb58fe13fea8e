/**
 * Links that open an operation in GraphiQL: in the query string, as in every GraphiQL, or in the fragment, which needs no
 * server and has no limit of length. The app's own operations are given by their names, as `document`.
 */
import { Kind, parse, print, separateOperations } from "graphql";
import type { Tab } from "./tabs";

export async function linkedTab({ search, hash }: Pick<Location, "search" | "hash">): Promise<Tab | undefined> {
  const given = new URLSearchParams(/\b(query|document)=/.test(hash) ? hash.slice(1) : search);
  const [query, document, variables] = [given.get("query"), given.get("document"), given.get("variables")];
  const text = query ? chosen(query, given.get("operationName")) : document && (await ours(document));
  return text ? { query: text, ...(variables && { variables: pretty(variables) }) } : undefined;
}

/** The published text of an operation of the app. */
async function ours(document: string): Promise<string | undefined> {
  const { published } = await import("./published");
  return published.find(({ client, name }) => client === "frontend_demo" && name === document)?.text;
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
