/** A list that is read page by page. */
import type { AnyVariables, CombinedError, TypedDocumentNode } from "@urql/core";
import { useCallback, useEffect, useRef, useState } from "react";
import { useClient } from "urql";

interface Page<T> {
  readonly nodes: readonly T[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

interface Read<T> {
  readonly rows: readonly T[] | undefined;
  readonly end: string | null;
  readonly error: CombinedError | undefined;
}

export interface Paged<T> extends Omit<Read<T>, "end"> {
  /** Reads the next page; undefined if there is none. */
  readonly more: (() => void) | undefined;
  /** Reads the first page again. */
  readonly refresh: () => void;
}

/** `variables` are those of the first page, and equal ones have the same JSON. */
export function usePaged<Data, Variables extends AnyVariables, T>(document: TypedDocumentNode<Data, Variables>, variables: Omit<Variables, "after">, pageOf: (data: Data) => Page<T> | undefined): Paged<T> {
  const client = useClient();
  const [read, setRead] = useState<Read<T>>({ rows: undefined, end: null, error: undefined });
  const turn = useRef(0);
  const key = JSON.stringify(variables);
  const load = useCallback(
    async (after: string | null) => {
      const mine = ++turn.current;
      const { data, error } = await client.query(document, { ...JSON.parse(key), after } as Variables).toPromise();
      if (mine !== turn.current) return; // another read has begun
      const page = data && pageOf(data);
      if (page) setRead(({ rows }) => ({ rows: [...((after !== null && rows) || []), ...page.nodes], end: page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null, error: undefined }));
      else setRead((before) => ({ ...before, error }));
    },
    // pageOf is written where it is used; what it does never changes
    [client, document, key],
  );
  useEffect(() => void load(null), [load]);
  const { end, ...shown } = read;
  return { ...shown, more: end === null ? undefined : () => void load(end), refresh: () => void load(null) };
}
