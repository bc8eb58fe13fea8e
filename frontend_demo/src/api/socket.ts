/** One WebSocket to the server, opened when the first subscription needs it, and opened again whenever it is lost. */
import { type Client, type ClientOptions, createClient } from "graphql-ws";

const PING_EVERY_MS = 10_000;
const PONG_WITHIN_MS = 5_000;
const CONNECT_WITHIN_MS = 8_000;
const LONGEST_WAIT_MS = 15_000;
/**
 * After a sleep: how soon a socket that seems open has to prove it, and how long a sleep may be for it to get that chance.
 * The timers of a tab that is not seen run once a minute, and its socket lives.
 */
const PROOF_WITHIN_MS = 500;
const SLEEP_MS = 90_000;
/** The server does not know the caller, or does not want them: asking again changes nothing. */
const REFUSED: ReadonlySet<unknown> = new Set([4401, 4403]);
export const isRefused = (event: unknown): boolean => REFUSED.has((event as Partial<CloseEvent> | null)?.code);

export interface Socket extends Client {
  /** Hear the cursor that each of the server's pings has for the subscription of this payload; returns what ends it. */
  onCursor(payload: object, hear: (cursor: string) => void): () => void;
  /** The page was away for so long, or a person asks: be connected again now, not when it is convenient. */
  hurry(asleepMs?: number): void;
}

export function socketUrl(location: Pick<Location, "protocol" | "host"> = window.location): string {
  return `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/graphql/`;
}

export function createSocket(options: Partial<ClientOptions> = {}): Socket {
  const wait = patience();
  const watch = alarm(() => client.terminate());
  const ids = new WeakMap<object, string>();
  let count = 0; // one connection's ids have to differ, no more
  let phase: "closed" | "opening" | WebSocket = "closed";
  const client = createClient({
    url: () => socketUrl(),
    keepAlive: PING_EVERY_MS,
    retryAttempts: Infinity,
    shouldRetry: (event) => !isRefused(event),
    retryWait: wait.forTurn,
    generateID: (payload) => {
      ids.set(payload, `${++count}`);
      return `${count}`;
    },
    ...options,
  });
  client.on("connecting", () => {
    phase = "opening";
    watch.set(CONNECT_WITHIN_MS);
  });
  client.on("connected", (socket) => {
    phase = socket as WebSocket;
    watch.clear();
  });
  client.on("closed", () => {
    phase = "closed";
    watch.clear();
  });
  // A cable pulled out closes nothing: a ping without an answer tells.
  client.on("ping", (received) => received || watch.set(PONG_WITHIN_MS));
  client.on("message", () => typeof phase === "object" && watch.clear());

  const hurry = (asleepMs = 0) => {
    wait.end();
    if (typeof phase === "object" && asleepMs < SLEEP_MS) {
      phase.send(JSON.stringify({ type: "ping" }));
      watch.set(PROOF_WITHIN_MS);
    } else if (phase !== "closed") client.terminate();
  };
  const onCursor: Socket["onCursor"] = (payload, hear) =>
    client.on("ping", (received, cursors) => {
      const cursor = received && cursors?.[ids.get(payload) ?? ""];
      if (typeof cursor === "string") hear(cursor);
    });
  return { ...client, hurry, onCursor };
}

function alarm(ring: () => void) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return {
    set(ms: number) {
      clearTimeout(timer);
      timer = setTimeout(ring, ms);
    },
    clear: () => clearTimeout(timer),
  };
}

/** Half a second, doubled at each attempt, with jitter. `hurry` ends the wait, and the next wait if it starts at once. */
export function patience(random: () => number = Math.random) {
  const HURRY_MS = 1_000;
  let hurriedAt = -Infinity;
  let done = () => {};
  return {
    forTurn: async (tries: number): Promise<void> => {
      const isHurried = performance.now() - hurriedAt < HURRY_MS;
      hurriedAt = -Infinity;
      if (isHurried) return;
      const ms = Math.min(500 * 2 ** tries, LONGEST_WAIT_MS) * (0.5 + random() / 2);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        done = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    },
    end() {
      hurriedAt = performance.now();
      done();
    },
  };
}
