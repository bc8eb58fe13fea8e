/** A generated document as orders-client takes it: its text, and the name by which its digest is found. */
import { type TypedDocumentNode, stringifyDocument } from "@urql/core";

export interface Asked {
  readonly query: string;
  readonly operationName: string;
}

export function asked<Data, Variables>(document: TypedDocumentNode<Data, Variables>): Asked {
  const operation = document.definitions.find(({ kind }) => kind === "OperationDefinition") as { name?: { value: string } } | undefined;
  return { query: stringifyDocument(document), operationName: operation?.name?.value ?? "" };
}
