/** Who is signed in. */
import { troubleOf } from "orders-client";
import { useQuery } from "urql";
import { type ViewerQuery, ViewerDocument } from "./generated";

let known: ViewerQuery["viewer"] | undefined;

/** The last answer: without a network the page keeps its navigation. Undefined until there is one, and for those who are not signed in. */
export function useViewer(): { readonly viewer: ViewerQuery["viewer"] | undefined; readonly fetching: boolean } {
  const [{ data, error, fetching }] = useQuery({ query: ViewerDocument });
  if (data) known = data.viewer;
  else if (error && troubleOf(error).kind === "unauthenticated") known = undefined;
  return { viewer: known, fetching };
}
