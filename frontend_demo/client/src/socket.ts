/** One WebSocket to the server, opened when the first subscription needs it, and opened again whenever it is lost. */
import { type Client, type ClientOptions, type FormattedExecutionResult, type Sink, type SubscribePayload, createClient } from "graphql-ws";
import { type Published, isMiss } from "./digests.ts";

const PING_EVERY_MS = 10_000;
const PONG_WITHIN_MS = 5_000;
const CONNECT_WITHIN_MS = 8_000;
const LONGEST_WAIT_MS = 15_000;
/**
 * After a sleep: how soon an open socket has to answer, and how long a sleep may be for it to get that chance.
 * The timers of a hidden tab run once a minute, and its socket stays open.
 */
const PROOF_WITHIN_MS = 500;
const SLEEP_MS = 90_000;
/**
 * A server process that ends completes each subscription and closes with this code; another process serves. Clients
 * connect again within this time, at random, and wait so long for the close after a `complete`.
 */
const RESTART = 1012;
const RESTART_WITHIN_MS = 500;
const CLOSE_WITHIN_MS = 1_000;
/** The server does not know or accept the caller: another try changes nothing. */
const REFUSED: ReadonlySet<unknown> = new Set([4401, 4403]);
export const isRefused = (event: unknown): boolean => REFUSED.has((event as Partial<CloseEvent> | null)?.code);

export interface SocketOptions extends Partial<ClientOptions> {
  /** Operations of these names are named by digest. */
  readonly published?: Published;
}

export interface Socket extends Client {
  /** Listen for the cursor that the server's pings have for this payload's subscription; returns a function that stops. */
  onCursor(payload: object, hear: (cursor: string) => void): () => void;
  /** The page was hidden or asleep for so long, or the user clicked: connect again now, without waiting. */
  hurry(asleepMs?: number): void;
}

export function socketUrl(location: Pick<Location, "protocol" | "host"> = window.location): string {
  return `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/graphql/`;
}

export function createSocket({ published = {}, ...options }: SocketOptions = {}): Socket {
  const wait = patience();
  const watch = alarm(() => client.terminate());
  const ids = new WeakMap<object, string>();
  const sentAs = new WeakMap<object, object>(); // payloads as they were sent: with a digest, or themselves
  let count = 0; // ids must differ within one connection only
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
  client.on("closed", (event) => {
    phase = "closed";
    if (isRestart(event)) wait.shorten();
    watch.clear();
  });
  // An unplugged cable closes nothing: a ping without an answer shows it.
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
      const cursor = received && cursors?.[ids.get(sentAs.get(payload) ?? payload) ?? ""];
      if (typeof cursor === "string") hear(cursor);
    });
  return { ...client, subscribe: restarting(byDigest(client, published, sentAs)), hurry, onCursor };
}

type Subscribe = Client["subscribe"];

/** `subscribe` that names published documents by digest, and sends the text if the server does not know one. */
export function byDigest(client: Pick<Client, "subscribe" | "on">, published: Published, sentAs: WeakMap<object, object>): Pick<Client, "subscribe" | "on"> {
  const missed = new Set<string>();
  const subscribe: Subscribe = <Data, Extensions>(payload: SubscribePayload, sink: Sink<FormattedExecutionResult<Data, Extensions>>) => {
    const name = payload.operationName ?? "";
    const digest = missed.has(name) ? undefined : published[name];
    const sent = digest ? digested(payload, digest) : payload;
    sentAs.set(payload, sent);
    if (!digest) return client.subscribe<Data, Extensions>(sent, sink);
    let isRepeated = false;
    let dispose = client.subscribe<Data, Extensions>(sent, {
      next: (result) => sink.next(result),
      error(error) {
        if (!isMiss(error)) return sink.error(error);
        isRepeated = true;
        missed.add(name);
        dispose = subscribe<Data, Extensions>(payload, sink);
      },
      complete: () => isRepeated || sink.complete(),
    });
    return () => dispose();
  };
  return { subscribe, on: client.on };
}

/** The payload without its text. Its variables are read when it is sent. */
function digested(payload: SubscribePayload, sha256Hash: string): SubscribePayload {
  return {
    query: "",
    operationName: payload.operationName,
    get variables() {
      return payload.variables;
    },
    extensions: { ...payload.extensions, persistedQuery: { version: 1, sha256Hash } },
  };
}

const isRestart = (event: unknown): boolean => (event as Partial<CloseEvent> | null)?.code === RESTART;

/** `subscribe` of a client that begins an operation again if the server completed it only because it restarts. */
function restarting(client: Pick<Client, "subscribe" | "on">): Subscribe {
  return <Data, Extensions>(payload: SubscribePayload, sink: Sink<FormattedExecutionResult<Data, Extensions>>) => {
    let stop = () => {};
    const begin = () => {
      let isStopped = false;
      const dispose = client.subscribe<Data, Extensions>(payload, {
        next: (result) => sink.next(result),
        error: (error) => sink.error(error),
        complete: () => (isStopped ? sink.complete() : wait()),
      });
      stop = () => {
        isStopped = true;
        dispose();
      };
    };
    /** The close that follows shows why the server completed it. */
    const wait = () => {
      const decide = (isAgain: boolean) => {
        unlisten();
        clearTimeout(timer);
        if (!isAgain) return sink.complete();
        const again = setTimeout(begin, Math.random() * RESTART_WITHIN_MS);
        stop = () => {
          clearTimeout(again);
          sink.complete();
        };
      };
      const unlisten = client.on("closed", (event) => decide(isRestart(event)));
      const timer = setTimeout(() => decide(false), CLOSE_WITHIN_MS);
      stop = () => decide(false);
    };
    begin();
    return () => {
      const end = stop;
      stop = () => {};
      end();
    };
  };
}

function alarm(callback: () => void) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return {
    set(ms: number) {
      clearTimeout(timer);
      timer = setTimeout(callback, ms);
    },
    clear: () => clearTimeout(timer),
  };
}

/**
 * Half a second, doubled at each attempt, with jitter. `end` ends the wait, and the next wait if it starts right then.
 * `shorten` makes the next wait one for a server that restarts.
 */
export function patience(random: () => number = Math.random) {
  const HURRY_MS = 1_000;
  let hurriedAt = -Infinity;
  let isRestart = false;
  let done = () => {};
  return {
    shorten() {
      isRestart = true;
    },
    forTurn: async (tries: number): Promise<void> => {
      const isHurried = performance.now() - hurriedAt < HURRY_MS;
      hurriedAt = -Infinity;
      if (isHurried) {
        isRestart = false;
        return;
      }
      const ms = isRestart ? RESTART_WITHIN_MS * random() : Math.min(500 * 2 ** tries, LONGEST_WAIT_MS) * (0.5 + random() / 2);
      isRestart = false;
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
