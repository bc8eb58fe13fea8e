/** A subscription that resumes: after a lost connection, a restarted server, a slow reader, or a limit. */
import type { Socket } from "./socket.ts";

/** What to follow. `after` is the cursor of the last event that the program has; without it, new events only. */
export interface Topic<Data> {
  /** The subscription's document, with a variable `$after: String` for the cursor. */
  readonly query: string;
  readonly operationName?: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly after?: string | undefined;
  readonly cursorOf: (data: Data) => string;
}

export interface Follower<Data> {
  event(data: Data): void;
  /** The program was too slow; it goes on from its last position. */
  lagged?(): void;
  /** The cursor is older than the server's log: only a fresh page helps. */
  expired(): void;
  /** The server can't go on now; the feed does by itself, after this time. */
  waiting?(ms: number, code: string): void;
  /** The feed has ended: the program may not read it, or asks wrongly. */
  failed(message: string, code?: string): void;
}

interface Problem {
  readonly message: string;
  readonly extensions?: Readonly<Record<string, unknown>>;
}

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;
/** Codes after which the same subscription may succeed later. */
const LATER: ReadonlySet<unknown> = new Set(["THROTTLED", "UNAVAILABLE", "INTERNAL"]);
const SERVER_FAULT = 4500;

/** Follow a topic from its cursor on; returns a function that stops. */
export function follow<Data>(socket: Pick<Socket, "subscribe" | "onCursor">, topic: Topic<Data>, follower: Follower<Data>): () => void {
  let cursor = topic.after;
  let turn = 0; // messages of an earlier subscription are ignored
  let failures = 0; // since the last event
  let unsubscribe = () => {};
  let timer: ReturnType<typeof setTimeout> | undefined;

  // The variables are read at every connection, so that a new socket requests events after the last one, or after the
  // cursor of the server's last ping: the cursor of a filter that rarely matches stays recent.
  const payload = {
    query: topic.query,
    ...(topic.operationName && { operationName: topic.operationName }),
    get variables() {
      return { ...topic.variables, ...(cursor !== undefined && { after: cursor }) };
    },
  };

  const start = () => {
    const mine = ++turn;
    const end = (problems: readonly Problem[]) => {
      if (mine !== turn) return;
      stop();
      const [problem] = problems;
      const { code, retryAfterSeconds } = problem?.extensions ?? {};
      if (code === "STREAM_LAGGED") {
        follower.lagged?.();
        start();
      } else if (code === "CURSOR_EXPIRED") follower.expired();
      else if (LATER.has(code)) wait(code as string, retryAfterSeconds);
      else follower.failed(problem?.message ?? "The server ended the live feed.", code as string | undefined);
    };
    unsubscribe = socket.subscribe<Data>(payload, {
      next({ data, errors }) {
        if (mine !== turn) return;
        if (!data) return end(errors as readonly Problem[]);
        failures = 0;
        cursor = topic.cursorOf(data);
        follower.event(data);
      },
      error: (error) => end(problemsOf(error)),
      complete: () => end([]),
    });
  };

  const wait = (code: string, seconds: unknown) => {
    const backOff = Math.min(FIRST_WAIT_MS * 2 ** failures++, LONGEST_WAIT_MS) * (0.5 + Math.random() / 2);
    const ms = typeof seconds === "number" ? Math.max(seconds * 1_000, backOff) : backOff;
    timer = setTimeout(start, ms);
    follower.waiting?.(ms, code);
  };

  const stop = () => {
    turn++;
    clearTimeout(timer);
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

/** An error of graphql-ws: the server's list, an Error, or the close event of a refused socket. */
function problemsOf(error: unknown): readonly Problem[] {
  if (Array.isArray(error)) return error as readonly Problem[];
  if (error instanceof Error) return [error];
  const { code, reason } = error as { code?: number; reason?: string };
  const message = reason || `The connection was closed (${code ?? "no code"}).`;
  return [{ message, ...(code === SERVER_FAULT && { extensions: { code: "INTERNAL" } }) }];
}
