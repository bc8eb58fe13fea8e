/** The board's engine, with this page's server and socket. */
import { useEffect, useState, useSyncExternalStore } from "react";
import { follow } from "orders-client";
import { asked } from "../../api/asked";
import { client } from "../../api/client";
import { BoardEventsDocument, type BoardEventsSubscription, BoardPageDocument } from "../../api/generated";
import { connection, onConnection, socket } from "../../api/live";
import { keepServerClock, serverNow } from "../../api/serverClock";
import { toast } from "../../components/toasts";
import { texts } from "../../texts";
import { isWorthSaying } from "./away";
import { Engine, type Board, type View } from "./engine";
import { perFrame } from "./frames";

function createEngine(): Engine {
  return new Engine({
    page: (variables) => client.query(BoardPageDocument, variables).toPromise(),
    follow: ({ after, where }, follower) =>
      follow<BoardEventsSubscription>(
        socket,
        { ...asked(BoardEventsDocument), variables: { where }, after, cursorOf: ({ orderEvents }) => orderEvents.cursor },
        { ...follower, event: ({ orderEvents }) => follower.event(orderEvents) },
      ),
    perFrame,
    afterPaint: (work) => document.visibilityState === "visible" && setTimeout(work),
    serverNow,
    caughtUp: (away) => isWorthSaying(away) && toast(texts.board.caughtUp(away), "plain", { href: "/" }),
    reloaded: () => toast(texts.board.reloaded, "plain", { href: "/" }),
  });
}

export function useBoard(view: View | undefined): Board & { readonly engine: Engine } {
  const [engine] = useState(createEngine);
  useEffect(() => {
    keepServerClock();
    // A silent socket may still go on: only a lost one misses events.
    const off = onConnection(() => connection() !== "silent" && engine.connected(connection() === "live"));
    return () => {
      off();
      engine.end();
    };
  }, [engine]);
  useEffect(() => void engine.load(view), [engine, view]);
  return { ...useSyncExternalStore(engine.onChange, engine.read), engine };
}
