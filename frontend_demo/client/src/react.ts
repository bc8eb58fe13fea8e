/** Hooks for React, whatever GraphQL client the page has. */
import { useEffect, useRef, useState } from "react";
import { type Topic, follow } from "./follow.ts";
import type { Socket } from "./socket.ts";

const AGAIN_MS = 5_000;

/** A subscription's document, and the name of its operation for published documents. */
export interface Asked {
  readonly query: string;
  readonly operationName?: string;
}

/** A subscription of which only the newest answer counts; it resumes after a disconnect. Without variables it rests: nothing is subscribed to. */
export function useLatest<Data>(socket: Pick<Socket, "subscribe">, { query, operationName }: Asked, variables: Readonly<Record<string, unknown>> | undefined): Data | undefined {
  const [data, setData] = useState<Data>();
  const asked = variables && JSON.stringify(variables);
  useEffect(() => {
    setData(undefined);
    if (asked === undefined) return undefined;
    const payload = { query, ...(operationName && { operationName }), variables: JSON.parse(asked) as Record<string, unknown> };
    let timer: ReturnType<typeof setTimeout> | undefined;
    let stop = () => {};
    const start = () => {
      stop = socket.subscribe<Data>(payload, {
        next: ({ data }) => data && setData(data),
        error: (error) => {
          setData(undefined);
          // Refused for now, such as by a limit; a closed socket reconnects by itself, or never.
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
  }, [socket, query, operationName, asked]);
  return data;
}

/** A page's data, kept up to date by the events after it. */
export interface Followed<Page> {
  readonly data: Page | undefined;
  /** Why there are no more events, until the page is read again. */
  readonly problem: string | undefined;
}

export interface Feed<Page, Event> {
  /** The topic after a page: its `after` is the page's `eventCursor`. A filter has to be the page's. */
  readonly topic: (page: Page) => Topic<Event>;
  readonly apply: (page: Page, event: Event) => Page;
}

/** Follow a page that was read in any way. `reload` reads it again: the cursor is older than the server's log. */
export function useFollowed<Page, Event>(socket: Pick<Socket, "subscribe" | "onCursor">, page: Page | undefined, feed: Feed<Page, Event>, reload: () => void): Followed<Page> {
  const [shown, setShown] = useState<{ readonly from: Page; readonly now: Page }>(); // `now` is `from` with its events
  const [problem, setProblem] = useState<string>();
  const latest = useRef({ feed, reload });
  latest.current = { feed, reload };
  useEffect(() => {
    setProblem(undefined);
    if (page === undefined) return undefined;
    let now: Page = page;
    return follow(socket, latest.current.feed.topic(page), {
      event: (event) => {
        now = latest.current.feed.apply(now, event);
        setShown({ from: page, now });
      },
      expired: () => latest.current.reload(),
      failed: setProblem,
    });
  }, [socket, page]);
  return { data: shown?.from === page ? shown?.now : page, problem };
}
