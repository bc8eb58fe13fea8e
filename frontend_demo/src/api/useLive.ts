/** A subscription whose newest answer is all that counts, over the shared socket; it goes on by itself after a break. */
import { type TypedDocumentNode, stringifyDocument } from "@urql/core";
import { useEffect, useState } from "react";
import { socket } from "./live";

export function useLive<Data, Variables extends Record<string, unknown>>(document: TypedDocumentNode<Data, Variables>, variables: Variables): Data | undefined {
  const [data, setData] = useState<Data>();
  const asked = JSON.stringify(variables);
  useEffect(() => {
    setData(undefined);
    const payload = { query: stringifyDocument(document), variables: JSON.parse(asked) as Variables };
    return socket.subscribe<Data>(payload, { next: ({ data }) => data && setData(data), error: () => setData(undefined), complete: () => {} });
  }, [document, asked]);
  return data;
}
