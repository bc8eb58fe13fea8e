/** The page's only WebSocket, shared by all subscriptions, and its state. */
import { useSyncExternalStore } from "react";
import { noteMessage } from "./moments";
import { CLIENT } from "./name";
import { published } from "./published";
import { createSocket, isRefused, onWake } from "orders-client";

/** `silent`: open, but the last ping has no answer yet. `failed`: the server refused it, and another try would not help. */
export type Connection = "connecting" | "live" | "silent" | "lost" | "failed";

/** A server that stops answering is shown after at most the sum of these; the socket is given up later. */
const PING_EVERY_MS = 1_500;
const ANSWER_WITHIN_MS = 1_200;

let state: Connection = "connecting";
const listeners = new Set<() => void>();

function become(next: Connection): void {
  if (next === state) return;
  state = next;
  for (const listener of listeners) listener();
}

/** Opened with the page and kept open, so that the state is right on every page. */
export const socket = createSocket({ lazy: false, keepAlive: PING_EVERY_MS, published, connectionParams: CLIENT, onNonLazyError: () => become("failed") });
socket.on("connected", () => become("live"));
// For any subscription: if the server refuses the caller, "trying again" would be wrong.
socket.on("closed", (event) => become(isRefused(event) ? "failed" : "lost"));
socket.on("message", (message) => noteMessage(message));
let silence: ReturnType<typeof setTimeout> | undefined;
socket.on("ping", (received) => {
  clearTimeout(silence);
  if (!received) silence = setTimeout(() => state === "live" && become("silent"), ANSWER_WITHIN_MS);
});
socket.on("message", () => {
  clearTimeout(silence);
  if (state === "silent") become("live");
});
// The browser knows at once that the cable is out, and the socket only by the next ping.
window.addEventListener("offline", () => state === "live" && become("silent"));
onWake((asleepMs) => socket.hurry(asleepMs));

export function onConnection(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const connection = (): Connection => state;

export function useConnection(): Connection {
  return useSyncExternalStore(onConnection, connection);
}
