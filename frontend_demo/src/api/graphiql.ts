/** Links that open an operation of the app in GraphiQL. */
import { type TypedDocumentNode, stringifyDocument } from "@urql/core";

/** In the fragment, which needs no server and has no limit of length. */
export function graphiqlLink<Variables>(document: TypedDocumentNode<unknown, Variables>, variables?: Variables): string {
  return `/graphql/#${new URLSearchParams({ query: stringifyDocument(document), variables: JSON.stringify(variables ?? {}) })}`;
}
