/** Links that open an operation of the app in GraphiQL. */
import type { TypedDocumentNode } from "@urql/core";

/** By its name: GraphiQL has the published text, and a server that runs published documents only takes no other. */
export function graphiqlLink<Variables>(document: TypedDocumentNode<unknown, Variables>, variables?: Variables): string {
  const names = document.definitions.map((one) => (one.kind === "OperationDefinition" ? one.name?.value : undefined));
  return `/graphql/#${new URLSearchParams({ document: names.find(Boolean) ?? "", variables: JSON.stringify(variables ?? {}) })}`;
}
