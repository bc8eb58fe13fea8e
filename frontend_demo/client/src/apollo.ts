/** A hook for React with Apollo Client: a page by query, then its events. */
import type { OperationVariables, TypedDocumentNode } from "@apollo/client";
import { useQuery } from "@apollo/client/react";
import { type Feed, type Followed, useFollowed } from "./react.ts";
import type { Socket } from "./socket.ts";

export function useLivePage<Page, Variables extends OperationVariables, Event>(
  socket: Pick<Socket, "subscribe" | "onCursor">,
  query: TypedDocumentNode<Page, Variables>,
  variables: Variables,
  feed: Feed<Page, Event>,
): Followed<Page> {
  const options: useQuery.Options<Page, Variables> = { fetchPolicy: "no-cache", variables } as useQuery.Options<Page, Variables>;
  const { data, error, refetch } = useQuery<Page, Variables>(query, options);
  const { data: now, problem } = useFollowed(socket, data as Page | undefined, feed, () => void refetch());
  return { data: now, problem: problem ?? error?.message };
}
