import type { Client, Sink } from "graphql-ws";
import { afterEach, expect, it, vi } from "vitest";
import { follow } from "./follow.ts";

interface Data {
  readonly orderEvents: { readonly sequence: string; readonly cursor: string };
}

/** A socket that records subscriptions as they would be sent, and lets the test act as the server. */
function fakeSocket() {
  const sent: string[] = [];
  const sinks: Sink<unknown>[] = [];
  let payload: object = {};
  const subscribe = ((asked: object, sink: Sink<unknown>) => {
    payload = asked;
    sent.push(JSON.stringify(asked));
    sinks.push(sink);
    return () => sink.complete();
  }) as Client["subscribe"];
  const listeners = new Set<(cursor: string) => void>();
  const onCursor = (asked: object, listener: (cursor: string) => void) => {
    payload = asked;
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  const after = (text: string) => (JSON.parse(text) as { variables: { after: string } }).variables.after;
  return { subscribe, onCursor, listeners, sinks, sent: () => sent, asked: () => sent.map(after), askedAgain: () => after(JSON.stringify(payload)) };
}

const TOPIC = { query: "subscription", after: "c0", cursorOf: ({ orderEvents }: Data) => orderEvents.cursor };

function record() {
  const said: string[] = [];
  return {
    said,
    event: ({ orderEvents }: Data) => said.push(`event ${orderEvents.sequence}`),
    lagged: () => said.push("lagged"),
    expired: () => said.push("expired"),
    failed: (message: string) => said.push(`failed: ${message}`),
  };
}

const event = (sequence: number) => ({ data: { orderEvents: { sequence: `${sequence}`, cursor: `c${sequence}` } } });
const error = (code: string) => [{ message: `It is ${code}.`, extensions: { code } }];

it("requests events after the last one on a new connection", () => {
  const socket = fakeSocket();
  const follower = record();
  follow(socket, TOPIC, follower);
  socket.sinks[0]?.next(event(7));

  expect(socket.asked()).toEqual(["c0"]);
  expect(socket.askedAgain()).toBe("c7");
  expect(follower.said).toEqual(["event 7"]);
});

it("goes on from the cursor in the server's pings", () => {
  const socket = fakeSocket();
  const end = follow(socket, TOPIC, record());
  socket.sinks[0]?.next(event(7));
  for (const listener of socket.listeners) listener("c900");

  expect(socket.askedAgain()).toBe("c900");
  end();
  expect(socket.listeners.size).toBe(0);
});

it("goes on from the last event when it was too slow", () => {
  const socket = fakeSocket();
  const follower = record();
  follow(socket, TOPIC, follower);
  socket.sinks[0]?.next(event(7));
  socket.sinks[0]?.error(error("STREAM_LAGGED"));
  socket.sinks[1]?.next(event(8));

  expect(socket.asked()).toEqual(["c0", "c7"]);
  expect(follower.said).toEqual(["event 7", "lagged", "event 8"]);
});

it.each([
  ["an expired cursor", error("CURSOR_EXPIRED"), "expired"],
  ["another error", error("FORBIDDEN"), "failed: It is FORBIDDEN."],
  ["a refused socket", { code: 4401, reason: "Unauthorized" }, "failed: Unauthorized"],
  ["a socket refused without a word", { code: 4400, reason: "" }, "failed: The connection was closed (4400)."],
  ["a malformed request", { code: 4400, reason: "Bad" }, "failed: Bad"],
  ["a broken program", new Error("No."), "failed: No."],
])("reports once that %s", (_, problem, said) => {
  const socket = fakeSocket();
  const follower = record();
  follow(socket, TOPIC, follower);
  socket.sinks[0]?.error(problem);

  expect(follower.said).toEqual([said]);
});

it("reports that the server ended the feed", () => {
  const socket = fakeSocket();
  const follower = record();
  follow(socket, TOPIC, follower);
  socket.sinks[0]?.complete();

  expect(follower.said).toEqual(["failed: The server ended the live feed."]);
});

it("is silent once it is stopped", () => {
  const socket = fakeSocket();
  const follower = record();
  const stop = follow(socket, TOPIC, follower);
  stop();
  socket.sinks[0]?.next(event(7));

  expect(follower.said).toEqual([]);
});

afterEach(() => void vi.useRealTimers());

it.each([
  ["too many points", [{ message: "Wait.", extensions: { code: "THROTTLED", retryAfterSeconds: 7 } }], 7_000],
  ["a database that is away", error("UNAVAILABLE"), 1_000],
  ["a fault of the server", error("INTERNAL"), 1_000],
  ["a socket that the server's fault closed", { code: 4500, reason: "Internal server error" }, 1_000],
])("goes on by itself after %s", (_, problem, ms) => {
  vi.useFakeTimers();
  const socket = fakeSocket();
  const follower = record();
  follow(socket, TOPIC, follower);
  socket.sinks[0]?.next(event(7));
  socket.sinks[0]?.error(problem);

  expect(socket.asked()).toEqual(["c0"]);
  vi.advanceTimersByTime(ms);
  expect(socket.asked()).toEqual(["c0", "c7"]);
  expect(follower.said).toEqual(["event 7"]);
});

it("waits longer after each failure, until an event comes", () => {
  vi.useFakeTimers();
  vi.spyOn(Math, "random").mockReturnValue(1);
  const waits: number[] = [];
  const socket = fakeSocket();
  const stop = follow(socket, TOPIC, { ...record(), waiting: (ms) => waits.push(ms) });
  const fail = () => {
    socket.sinks.at(-1)?.error(error("UNAVAILABLE"));
    vi.advanceTimersByTime(30_000);
  };
  for (let count = 0; count < 7; count++) fail();
  socket.sinks.at(-1)?.next(event(7));
  fail();

  expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 1_000]);
  stop();
});

it("does not go on once it is stopped", () => {
  vi.useFakeTimers();
  const socket = fakeSocket();
  const stop = follow(socket, TOPIC, record());
  socket.sinks[0]?.error(error("UNAVAILABLE"));
  stop();
  vi.advanceTimersByTime(60_000);

  expect(socket.asked()).toEqual(["c0"]);
});

it("begins with new events without a cursor", () => {
  const socket = fakeSocket();
  follow(socket, { query: "subscription", variables: { first: 1 }, cursorOf: () => "c1" }, record());

  expect(socket.sent()).toEqual(['{"query":"subscription","variables":{"first":1}}']);
});
