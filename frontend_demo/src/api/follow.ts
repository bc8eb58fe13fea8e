/** A subscription that goes on where it was: after a lost connection, a restarted server, or a reader too slow. */
import { stringifyDocument } from "@urql/core";
import { BoardEventsDocument, type BoardEventFragment, type BoardEventsSubscription, type OrderWhere } from "./generated";
import type { Socket } from "./socket";

export interface Follower {
  event(event: BoardEventFragment): void;
  /** It was too slow; it goes on from where it was. */
  lagged(): void;
  /** The cursor is older than the server's log: only a fresh page helps. */
  expired(): void;
  /** The feed ended, and going on from the cursor was not offered. */
  failed(message: string): void;
}

interface Problem {
  readonly message: string;
  readonly extensions?: Readonly<Record<string, unknown>>;
}

const query = stringifyDocument(BoardEventsDocument);

export interface Topic {
  readonly after: string;
  readonly where: OrderWhere;
}

/** Follow what happens, after the cursor, to the orders that the filter matches before or after it; returns what ends it. */
export function follow(socket: Pick<Socket, "subscribe" | "onCursor">, { after, where }: Topic, follower: Follower): () => void {
  let cursor = after;
  let turn = 0; // what an earlier subscription still has to say is not listened to
  let unsubscribe = () => {};

  // The variables are read at every connection, so that a new socket asks for what comes after the last event seen, or
  // after what the server's last ping says that the filter has passed: a filter that rarely matches does not grow old.
  const payload = {
    query,
    operationName: "BoardEvents",
    get variables() {
      return { after: cursor, where };
    },
  };

  const start = () => {
    const mine = ++turn;
    const end = (problems: readonly Problem[]) => {
      if (mine !== turn) return;
      stop();
      const [problem] = problems;
      const code = problem?.extensions?.["code"];
      if (code === "STREAM_LAGGED") {
        follower.lagged();
        start();
      } else if (code === "CURSOR_EXPIRED") follower.expired();
      else follower.failed(problem?.message ?? "The server ended the live feed.");
    };
    unsubscribe = socket.subscribe<BoardEventsSubscription>(payload, {
      next({ data, errors }) {
        if (mine !== turn) return;
        if (!data) return end(errors as readonly Problem[]);
        cursor = data.orderEvents.cursor;
        follower.event(data.orderEvents);
      },
      error: (error) => end(problemsOf(error)),
      complete: () => end([]),
    });
  };

  const stop = () => {
    turn++;
    unsubscribe();
  };

  const unlisten = socket.onCursor(payload, (passed) => {
    cursor = passed;
  });
  start();
  return () => {
    stop();
    unlisten();
  };
}

/** What graphql-ws gives as an error: the server's list, an Error, or the close event of a refused socket. */
function problemsOf(error: unknown): readonly Problem[] {
  if (Array.isArray(error)) return error as readonly Problem[];
  if (error instanceof Error) return [error];
  const { code, reason } = error as { code?: number; reason?: string };
  return [{ message: reason || `The connection was closed (${code ?? "no code"}).` }];
}
