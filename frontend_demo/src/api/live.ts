/** The page's one WebSocket, shared by everything that is live, and what state it is in. */
import { useSyncExternalStore } from "react";
import { noteMessage } from "./moments";
import { createSocket, isRefused } from "./socket";
import { onWake } from "./wake";

/** `failed`: the server refused it, and trying again would not help. */
export type Connection = "connecting" | "live" | "lost" | "failed";

let state: Connection = "connecting";
const listeners = new Set<() => void>();

function become(next: Connection): void {
  state = next;
  for (const listener of listeners) listener();
}

/** Opened with the page and kept open, so that the state is true on every page. */
export const socket = createSocket({ lazy: false, onNonLazyError: () => become("failed") });
socket.on("connected", () => become("live"));
// Whichever subscription opened it: where the server does not want the caller, no "trying again" would be true.
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
