/** A hook for React with urql: a page by query, then its events. */
import type { AnyVariables, TypedDocumentNode } from "@urql/core";
import { useQuery } from "urql";
import { type Feed, type Followed, useFollowed } from "./react.ts";
import type { Socket } from "./socket.ts";

export function useLivePage<Page, Variables extends AnyVariables, Event>(
  socket: Pick<Socket, "subscribe" | "onCursor">,
  query: TypedDocumentNode<Page, Variables>,
  variables: Variables,
  feed: Feed<Page, Event>,
): Followed<Page> {
  const [{ data, error }, ask] = useQuery({ query, variables, requestPolicy: "network-only" });
  const { data: now, problem } = useFollowed(socket, data, feed, () => ask({ requestPolicy: "network-only" }));
  return { data: now, problem: problem ?? error?.message };
}
