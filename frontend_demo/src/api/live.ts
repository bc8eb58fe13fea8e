/** The page's only WebSocket, shared by all subscriptions, and its state. */
import { useSyncExternalStore } from "react";
import { noteMessage } from "./moments";
import { CLIENT } from "./name";
import { published } from "./published";
import { createSocket, isRefused, onWake } from "orders-client";

/** `failed`: the server refused it, and another try would not help. */
export type Connection = "connecting" | "live" | "lost" | "failed";

let state: Connection = "connecting";
const listeners = new Set<() => void>();

function become(next: Connection): void {
  state = next;
  for (const listener of listeners) listener();
}

/** Opened with the page and kept open, so that the state is right on every page. */
export const socket = createSocket({ lazy: false, published, connectionParams: CLIENT, onNonLazyError: () => become("failed") });
socket.on("connected", () => become("live"));
// For any subscription: if the server refuses the caller, "trying again" would be wrong.
socket.on("closed", (event) => become(isRefused(event) ? "failed" : "lost"));
socket.on("message", (message) => noteMessage(message));
onWake((asleepMs) => socket.hurry(asleepMs));

export function onConnection(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const connection = (): Connection => state;

export function useConnection(): Connection {
  return useSyncExternalStore(onConnection, connection);
}
