import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createSocket, patience } from "./socket.ts";

/** The browser's WebSocket, with a server that the test may turn off, or whose answers it may drop. */
class FakeSocket extends EventTarget {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSING = 2;
  static readonly CLOSED = 3;
  static opened: FakeSocket[] = [];
  static answers = true;
  readyState = 0;
  onopen?: () => void;
  onmessage?: (event: { data: string }) => void;
  onclose: ((event: object) => void) | null = null;
  onerror: ((event: object) => void) | null = null;
  isDeaf = false;
  sent: string[] = [];

  constructor() {
    super();
    FakeSocket.opened.push(this);
    if (FakeSocket.answers) setTimeout(() => this.#open());
  }

  #open() {
    this.readyState = FakeSocket.OPEN;
    this.onopen?.();
  }

  send(text: string) {
    this.sent.push(text);
    const { type } = JSON.parse(text) as { type: string };
    const answer = { connection_init: "connection_ack", ping: "pong" }[type];
    if (answer && !this.isDeaf) setTimeout(() => this.onmessage?.({ data: JSON.stringify({ type: answer }) }));
  }

  close(code = 1000, reason = "") {
    this.readyState = FakeSocket.CLOSING; // a dead network does not confirm it
    if (!this.isDeaf) this.onclose?.({ code, reason, wasClean: true });
  }
}

const newest = () => FakeSocket.opened.at(-1) as FakeSocket;
const count = () => FakeSocket.opened.length;

async function connected() {
  const states: string[] = [];
  const socket = createSocket({ url: "ws://shop/", webSocketImpl: FakeSocket, lazy: false, onNonLazyError: () => states.push("failed") });
  socket.on("connected", () => states.push("live"));
  socket.on("closed", () => states.push("lost"));
  await vi.advanceTimersByTimeAsync(10);
  return { socket, states };
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "performance", "Date"] });
  FakeSocket.opened = [];
  FakeSocket.answers = true;
});
afterEach(() => vi.useRealTimers());

it("gives each subscription its cursor of the server's ping", async () => {
  const { socket } = await connected();
  const [first, second] = [{ query: "subscription { a }" }, { query: "subscription { b }" }];
  const received: string[] = [];
  socket.onCursor(first, (cursor) => received.push(`first ${cursor}`));
  const end = socket.onCursor(second, (cursor) => received.push(`second ${cursor}`));
  const sink = { next: () => {}, error: () => {}, complete: () => {} };
  socket.subscribe(first, sink);
  socket.subscribe(second, sink);
  await vi.advanceTimersByTimeAsync(10);
  const ping = (payload?: object) => newest().onmessage?.({ data: JSON.stringify({ type: "ping", ...(payload && { payload }) }) });
  ping({ 1: "c7", 2: "c8", 3: "c9" });
  ping({ 2: 9 });
  ping();
  end();
  ping({ 2: "c10" });

  expect(received).toEqual(["first c7", "second c8"]);
});

it("notices within half a second of waking that its socket is dead, and opens a new one immediately", async () => {
  const { socket, states } = await connected();
  newest().isDeaf = true;
  socket.hurry(5_000);
  await vi.advanceTimersByTimeAsync(520);

  expect(states).toEqual(["live", "lost", "live"]);
  expect(count()).toBe(2);
});

it("keeps a socket that answers after waking", async () => {
  const { socket, states } = await connected();
  socket.hurry(5_000);
  await vi.advanceTimersByTimeAsync(3_000);

  expect(states).toEqual(["live"]);
});

it("replaces a socket that has slept for long without a ping", async () => {
  const { socket, states } = await connected();
  newest().isDeaf = true;
  socket.hurry(3_600_000);
  await vi.advanceTimersByTimeAsync(10);

  expect(states).toEqual(["live", "lost", "live"]);
});

it("notices by its own pings that the server does not answer", async () => {
  const { states } = await connected();
  newest().isDeaf = true;
  await vi.advanceTimersByTimeAsync(17_000);

  expect(states).toEqual(["live", "lost", "live"]);
});

it("gives up a connection that no server accepts, and tries again", async () => {
  const { socket } = await connected();
  FakeSocket.answers = false;
  newest().isDeaf = true;
  socket.hurry(3_600_000);
  await vi.advanceTimersByTimeAsync(10);
  expect(count()).toBe(2);
  await vi.advanceTimersByTimeAsync(10_000);

  expect(count()).toBe(3);
});

it("ends its wait when it is hurried", async () => {
  const { socket, states } = await connected();
  FakeSocket.answers = false;
  newest().onclose?.({ code: 1006, reason: "", wasClean: false });
  for (let round = 0; round < 4; round++) await vi.advanceTimersByTimeAsync(20_000);
  newest().onclose?.({ code: 1006, reason: "", wasClean: false });
  FakeSocket.answers = true;
  socket.hurry();
  await vi.advanceTimersByTimeAsync(10);

  expect(states.at(-1)).toBe("live");
});

it.each([4401, 4403])("does not reconnect to a server that refuses it by %i", async (code) => {
  const { states } = await connected();
  newest().onclose?.({ code, reason: "", wasClean: true });
  await vi.advanceTimersByTimeAsync(60_000);

  expect(states).toEqual(["live", "lost", "failed"]);
  expect(count()).toBe(1);
});

it("begins a subscription again, after its last cursor, when the server has completed it and restarts", async () => {
  const { socket, states } = await connected();
  let after = "c1";
  const said: string[] = [];
  const sink = { next: () => {}, error: () => said.push("error"), complete: () => said.push("complete") };
  const payload = { query: "subscription { a }", get variables() { return { after }; } };
  const stop = socket.subscribe(payload, sink);
  await vi.advanceTimersByTimeAsync(10);
  after = "c2";
  newest().onmessage?.({ data: JSON.stringify({ id: "1", type: "complete" }) });
  await vi.advanceTimersByTimeAsync(5);
  newest().onclose?.({ code: 1012, reason: "", wasClean: true });
  await vi.advanceTimersByTimeAsync(1_010);

  expect(states).toEqual(["live", "lost", "live"]);
  expect(count()).toBe(2);
  expect(newest().sent.map((text) => JSON.parse(text) as object)).toContainEqual({
    id: "2", type: "subscribe", payload: { query: "subscription { a }", variables: { after: "c2" } },
  });
  expect(said).toEqual([]);
  stop();
  await vi.advanceTimersByTimeAsync(10);
  expect(said).toEqual(["complete"]);
});

it("reports a subscription that the server completed and that was not followed by a restart", async () => {
  const { socket } = await connected();
  const said: string[] = [];
  socket.subscribe({ query: "subscription { a }" }, { next: () => {}, error: () => {}, complete: () => said.push("complete") });
  await vi.advanceTimersByTimeAsync(10);
  newest().onmessage?.({ data: JSON.stringify({ id: "1", type: "complete" }) });
  await vi.advanceTimersByTimeAsync(1_010);

  expect(said).toEqual(["complete"]);
  expect(newest().sent.filter((text) => text.includes('"subscribe"'))).toHaveLength(1);
});

it("begins nothing again after it was stopped while the server restarts", async () => {
  const { socket } = await connected();
  const said: string[] = [];
  const stop = socket.subscribe({ query: "subscription { a }" }, { next: () => {}, error: () => {}, complete: () => said.push("complete") });
  await vi.advanceTimersByTimeAsync(10);
  newest().onmessage?.({ data: JSON.stringify({ id: "1", type: "complete" }) });
  await vi.advanceTimersByTimeAsync(5);
  newest().onclose?.({ code: 1012, reason: "", wasClean: true });
  stop();
  stop();
  await vi.advanceTimersByTimeAsync(2_000);

  expect(said).toEqual(["complete"]);
  expect(newest().sent.some((text) => text.includes('"subscribe"'))).toBe(false);
});

it("waits less than half a second, at random, for a server that restarts", async () => {
  for (const chance of [0, 0.5, 0.999]) {
    let over = false;
    const wait = patience(() => chance);
    wait.shorten();
    void wait.forTurn(0).then(() => (over = true));
    await vi.advanceTimersByTimeAsync(500 * chance);
    expect(over).toBe(true);
    over = false;
    void wait.forTurn(0).then(() => (over = true));
    await vi.advanceTimersByTimeAsync(240);
    expect(over).toBe(false); // the next wait is one for a lost connection again
  }
});

it.each([
  [0, 250, 500],
  [3, 2_000, 4_000],
  [20, 7_500, 15_000],
])("waits before try %i between %i and %i ms, at random", async (tries, least, most) => {
  for (const chance of [0, 0.5, 1]) {
    let over = false;
    void patience(() => chance).forTurn(tries).then(() => (over = true));
    await vi.advanceTimersByTimeAsync(least + (most - least) * chance - 1);
    expect(over).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(over).toBe(true);
  }
});
