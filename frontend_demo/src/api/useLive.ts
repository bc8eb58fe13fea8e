/** A subscription whose newest answer is all that counts, over the shared socket; it goes on by itself after a break. */
import { type TypedDocumentNode, stringifyDocument } from "@urql/core";
import { useEffect, useState } from "react";
import { socket } from "./live";

const AGAIN_MS = 5_000;

export function useLive<Data, Variables extends Record<string, unknown>>(document: TypedDocumentNode<Data, Variables>, variables: Variables): Data | undefined {
  const [data, setData] = useState<Data>();
  const asked = JSON.stringify(variables);
  useEffect(() => {
    setData(undefined);
    const payload = { query: stringifyDocument(document), variables: JSON.parse(asked) as Variables };
    let timer: ReturnType<typeof setTimeout> | undefined;
    let stop = () => {};
    const start = () => {
      stop = socket.subscribe<Data>(payload, {
        next: ({ data }) => data && setData(data),
        error: (error) => {
          setData(undefined);
          // Refused for now, such as by a limit; a closed socket comes back by itself, or not at all.
          if (Array.isArray(error)) timer = setTimeout(start, AGAIN_MS);
        },
        complete: () => {},
      });
    };
    start();
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [document, asked]);
  return data;
}
