/** One WebSocket to the server, opened when the first subscription needs it, and opened again whenever it is lost. */
import { type Client, type ClientOptions, createClient } from "graphql-ws";

const PING_EVERY_MS = 10_000;
const PONG_WITHIN_MS = 5_000;
const LONGEST_WAIT_MS = 15_000;
const SERVER_IS_GONE = 4408;

export function socketUrl(location: Pick<Location, "protocol" | "host"> = window.location): string {
  return `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/graphql/`;
}

export function createSocket(options: Partial<ClientOptions> = {}): Client {
  let watch: ReturnType<typeof setTimeout> | undefined;
  let open: WebSocket | undefined;
  const client = createClient({
    url: socketUrl(),
    keepAlive: PING_EVERY_MS,
    retryAttempts: Infinity,
    shouldRetry: () => true,
    retryWait: waitToRetry,
    ...options,
  });
  client.on("connected", (socket) => (open = socket as WebSocket));
  // A cable pulled out closes nothing: a ping without an answer tells.
  client.on("ping", (received) => {
    if (!received) watch = setTimeout(() => open?.close(SERVER_IS_GONE, "No answer"), PONG_WITHIN_MS);
  });
  client.on("pong", (received) => {
    if (received) clearTimeout(watch);
  });
  client.on("closed", () => clearTimeout(watch));
  return client;
}

/** Half a second, doubled at each try, with jitter; a network that is back ends the wait. */
async function waitToRetry(tries: number): Promise<void> {
  const wait = Math.min(500 * 2 ** tries, LONGEST_WAIT_MS) * (0.5 + Math.random() / 2);
  await new Promise<void>((resolve) => {
    const done = () => {
      clearTimeout(timer);
      window.removeEventListener("online", done);
      resolve();
    };
    const timer = setTimeout(done, wait);
    window.addEventListener("online", done);
  });
}
