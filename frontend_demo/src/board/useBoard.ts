/** The board's life: a page, then the feed that goes on where the page ends. */
import { useClient } from "urql";
import { useEffect, useReducer, useState } from "react";
import { follow } from "../api/follow";
import { BoardPageDocument, type BoardEventFragment, type BoardPageQuery } from "../api/generated";
import { socket } from "../api/live";
import { type Feed, apply, fromPage } from "../feed";

export const PAGE_SIZE = 20;

export interface Board {
  readonly feed: Feed | undefined;
  /** Why it can't go on, until `reload`. */
  readonly problem: string | undefined;
  readonly reload: () => void;
}

type Change = { page: BoardPageQuery["orders"] } | { event: BoardEventFragment };

function reduce(feed: Feed | undefined, change: Change): Feed | undefined {
  if ("page" in change) return fromPage(change.page);
  return feed && apply(feed, change.event);
}

export function useBoard(): Board {
  const client = useClient();
  const [round, setRound] = useState(0);
  const [feed, change] = useReducer(reduce, undefined);
  const [problem, setProblem] = useState<string>();
  const reload = () => setRound((count) => count + 1);

  useEffect(() => {
    let over = false;
    let stop = () => {};
    const fail = (reason: string) => setProblem(reason);
    const begin = async () => {
      setProblem(undefined);
      const { data, error } = await client.query(BoardPageDocument, { first: PAGE_SIZE }).toPromise();
      if (over) return;
      if (!data) return fail(error?.graphQLErrors[0]?.message ?? error?.networkError?.message ?? "No answer.");
      change({ page: data.orders });
      stop = follow(socket, data.orders.eventCursor, { event: (event) => change({ event }), expired: reload, failed: fail });
    };
    void begin();
    return () => {
      over = true;
      stop();
    };
  }, [client, round]);

  return { feed, problem, reload };
}
