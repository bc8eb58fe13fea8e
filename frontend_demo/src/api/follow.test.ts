import type { Client, Sink } from "graphql-ws";
import { expect, it } from "vitest";
import { follow } from "./follow";

/** A socket that keeps what was subscribed, as it would be sent, and lets the test speak for the server. */
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
  const heard = new Set<(cursor: string) => void>();
  const onCursor = (asked: object, hear: (cursor: string) => void) => {
    payload = asked;
    heard.add(hear);
    return () => heard.delete(hear);
  };
  const after = (text: string) => (JSON.parse(text) as { variables: { after: string } }).variables.after;
  return { subscribe, onCursor, heard, sinks, asked: () => sent.map(after), askedAgain: () => after(JSON.stringify(payload)) };
}

function record() {
  const said: string[] = [];
  return {
    said,
    event: (event: { sequence: string }) => said.push(`event ${event.sequence}`),
    lagged: () => said.push("lagged"),
    expired: () => said.push("expired"),
    failed: (message: string) => said.push(`failed: ${message}`),
  };
}

const event = (sequence: number) => ({ data: { orderEvents: { sequence: `${sequence}`, cursor: `c${sequence}` } } });
const error = (code: string) => [{ message: `It is ${code}.`, extensions: { code } }];

it("asks a new connection for what comes after the last event", () => {
  const socket = fakeSocket();
  const follower = record();
  follow(socket, { after: "c0", where: {} }, follower);
  socket.sinks[0]?.next(event(7));

  expect(socket.asked()).toEqual(["c0"]);
  expect(socket.askedAgain()).toBe("c7");
  expect(follower.said).toEqual(["event 7"]);
});

it("goes on from where the filter has come to, as the server's pings say", () => {
  const socket = fakeSocket();
  const end = follow(socket, { after: "c0", where: {} }, record());
  socket.sinks[0]?.next(event(7));
  for (const hear of socket.heard) hear("c900");

  expect(socket.askedAgain()).toBe("c900");
  end();
  expect(socket.heard.size).toBe(0);
});

it("goes on from the last event when it was too slow", () => {
  const socket = fakeSocket();
  const follower = record();
  follow(socket, { after: "c0", where: {} }, follower);
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
  ["a broken program", new Error("No."), "failed: No."],
])("says once what %s means", (_, problem, said) => {
  const socket = fakeSocket();
  const follower = record();
  follow(socket, { after: "c0", where: {} }, follower);
  socket.sinks[0]?.error(problem);

  expect(follower.said).toEqual([said]);
});

it("says that the server ended the feed", () => {
  const socket = fakeSocket();
  const follower = record();
  follow(socket, { after: "c0", where: {} }, follower);
  socket.sinks[0]?.complete();

  expect(follower.said).toEqual(["failed: The server ended the live feed."]);
});

it("is silent once it is stopped", () => {
  const socket = fakeSocket();
  const follower = record();
  const stop = follow(socket, { after: "c0", where: {} }, follower);
  stop();
  socket.sinks[0]?.next(event(7));

  expect(follower.said).toEqual([]);
});
