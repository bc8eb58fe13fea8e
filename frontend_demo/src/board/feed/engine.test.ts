import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Follower } from "orders-client";
import type { BoardEventFragment, BoardPageQueryVariables } from "../../api/generated";
import { beginAway, isWorthSaying } from "./away";
import { Engine, type Topic } from "./engine";
import { EVERYTHING, type Filter } from "../filter/filter";
import { sampleOrder } from "../filter/sampleOrder";
import { NEWEST_FIRST } from "../filter/sort";

const NOW = Date.UTC(2026, 0, 1);
const showing = (filter: Partial<Filter> = {}, sort = NEWEST_FIRST) => ({ filter: { ...EVERYTHING, ...filter }, sort });

const order = (number: number) => sampleOrder(number, new Date(NOW + number).toISOString());
const event = (number: number, occurred = Date.now()): BoardEventFragment => ({
  sequence: `${number}`, cursor: `c${number}`, type: "ORDER_CREATED", occurredAt: new Date(occurred).toISOString(), changedFields: [], order: order(number),
});

/** A board; the test acts as its server, its frames and its user. */
function setUp() {
  const asked: BoardPageQueryVariables[] = [];
  const followed: { topic: Topic; follower: Follower<BoardEventFragment>; ended: boolean }[] = [];
  const said: string[] = [];
  const answers: { nodes: ReturnType<typeof order>[]; fails: boolean; older: string | null } = { nodes: [order(1)], fails: false, older: null };
  let frame = () => {};
  const engine = new Engine({
    page: (variables) => {
      asked.push(variables);
      if (answers.fails) return Promise.resolve({});
      return Promise.resolve({ data: { orders: { eventCursor: "c0", pageInfo: { hasNextPage: answers.older !== null, endCursor: answers.older }, nodes: answers.nodes } } });
    },
    follow: (topic, follower) => {
      const stream = { topic, follower, ended: false };
      followed.push(stream);
      return () => (stream.ended = true);
    },
    perFrame: (work) => {
      frame = work;
      return () => {};
    },
    afterPaint: (work) => work(),
    serverNow: () => Date.now(),
    caughtUp: ({ placed, more }) => said.push(`caught up ${placed.size}${more ? " and more" : ""}`),
    reloaded: () => said.push("reloaded"),
  });
  const numbers = () => engine.read().feed?.orders.map(({ number }) => number);
  const stream = () => followed.at(-1) as (typeof followed)[number];
  const deliver = (...events: BoardEventFragment[]) => {
    for (const one of events) stream().follower.event(one);
    frame();
  };
  return { engine, asked, followed, said, answers, numbers, stream, deliver, frame: () => frame() };
}

beforeEach(() => void vi.useFakeTimers({ now: NOW }));
afterEach(() => vi.useRealTimers());

it("follows from the position of the page, with the page's filter", async () => {
  const { engine, asked, stream } = setUp();
  await engine.load(showing({ statuses: ["PAID"] }));

  expect(asked[0]?.where).toEqual({ status: { in: ["PAID"] } });
  expect(stream().topic).toEqual({ after: "c0", where: { status: { in: ["PAID"] } } });
});

it("asks every page in the order of its sort, and has the first counted", async () => {
  const { engine, asked, answers } = setUp();
  answers.older = "c-older";
  await engine.load(showing({}, { field: "TOTAL", direction: "ASC" }));
  await engine.loadOlder();

  expect(asked).toEqual([
    { where: {}, sortBy: { field: "TOTAL", direction: "ASC" }, first: 50, counted: true },
    { where: {}, sortBy: { field: "TOTAL", direction: "ASC" }, first: 100, after: "c-older", counted: false },
  ]);
});

it("applies once per frame the events since the last", async () => {
  const { engine, numbers, stream, frame } = setUp();
  await engine.load(showing());
  const changes = vi.fn();
  engine.onChange(changes);
  stream().follower.event(event(2));
  stream().follower.event(event(3));
  expect(numbers()).toEqual(["N-1"]);
  frame();

  expect(numbers()).toEqual(["N-3", "N-2", "N-1"]);
  expect(changes).toHaveBeenCalledOnce();
});

it("ignores the stream of an earlier filter", async () => {
  const { engine, numbers, followed, frame } = setUp();
  await engine.load(showing());
  await engine.load(showing({ currency: "EUR" }));
  followed[0]?.follower.event(event(9));
  frame();

  expect(followed[0]?.ended).toBe(true);
  expect(numbers()).toEqual(["N-1"]);
});

it("reports what it missed, once something newer has come", async () => {
  const { engine, said, deliver } = setUp();
  await engine.load(showing());
  engine.connected(false);
  vi.advanceTimersByTime(5_000);
  engine.connected(true);
  deliver(event(2, NOW + 1_000), event(3, NOW + 2_000), event(4, NOW + 6_000));

  expect(said).toEqual(["caught up 2"]);
  expect(engine.latencies.read(Date.now()).count).toBe(0); // missed events do not count for the latency
});

it("reports it after a moment when nothing newer comes", async () => {
  const { engine, said, deliver } = setUp();
  await engine.load(showing());
  engine.connected(false);
  engine.connected(true);
  deliver(event(2, NOW - 1));
  expect(said).toEqual([]);
  vi.advanceTimersByTime(700);

  expect(said).toEqual(["caught up 1"]);
});

it("waits for the first missed event as long as a slow server takes, and does not reload for that", async () => {
  const { engine, said, asked, deliver } = setUp();
  await engine.load(showing());
  engine.connected(false);
  engine.connected(true);
  vi.advanceTimersByTime(1_500);
  deliver(event(2, NOW - 10));
  vi.advanceTimersByTime(600);
  deliver(event(3, NOW - 10));
  expect(said).toEqual([]);
  vi.advanceTimersByTime(700);

  expect(said).toEqual(["caught up 2"]);
  expect(asked).toHaveLength(1);
});

it("says after two seconds that nothing was missed", async () => {
  const { engine, said } = setUp();
  await engine.load(showing());
  engine.connected(false);
  engine.connected(true);
  vi.advanceTimersByTime(1_999);
  expect(said).toEqual([]);
  vi.advanceTimersByTime(1);

  expect(said).toEqual(["caught up 0"]);
});

it("reloads when missed events go on coming for a second", async () => {
  const { engine, said, asked, deliver } = setUp();
  await engine.load(showing());
  engine.connected(false);
  engine.connected(true);
  for (let number = 2; number < 8; number++) {
    deliver(event(number, NOW - 10));
    vi.advanceTimersByTime(200);
  }

  expect(said).toEqual(["caught up 6 and more"]);
  expect(asked).toHaveLength(2);
});

it("reloads with a message when its cursor has expired", async () => {
  const { engine, said, asked, stream } = setUp();
  await engine.load(showing());
  stream().follower.expired();
  await Promise.resolve();

  expect(said).toEqual(["reloaded"]);
  expect(asked).toHaveLength(2);
});

it("reports what it can't do, and begins by itself when the connection is there", async () => {
  const { engine, answers, numbers } = setUp();
  answers.fails = true;
  await engine.load(showing());
  expect(engine.read().problem).toEqual({ kind: "unanswered", reason: "" });
  answers.fails = false;
  engine.connected(true);
  await vi.advanceTimersByTimeAsync(0);

  expect(engine.read().problem).toBeUndefined();
  expect(numbers()).toEqual(["N-1"]);
});

it("knows a missing sign-in from every other problem of its stream", async () => {
  const { engine, stream } = setUp();
  await engine.load(showing());
  stream().follower.failed?.("Sign in first.", "UNAUTHENTICATED");
  expect(engine.read().problem?.kind).toBe("unauthenticated");
  stream().follower.failed?.("Try again later.", "INTERNAL");

  expect(engine.read().problem?.kind).not.toBe("unauthenticated");
});

it("measures from the commit to the frame", async () => {
  const { engine, deliver } = setUp();
  await engine.load(showing());
  const occurred = Date.now();
  vi.advanceTimersByTime(40);
  deliver(event(2, occurred));

  expect(engine.latencies.read(Date.now())).toEqual({ count: 1, p50: 40, p95: 40 });
});

it("reports nothing after a disconnect without missed events", () => {
  expect(isWorthSaying(beginAway(NOW, 80))).toBe(false);
  expect(isWorthSaying(beginAway(NOW, 8_000))).toBe(true);
  expect(isWorthSaying({ ...beginAway(NOW, 80), changes: 1 })).toBe(true);
});
