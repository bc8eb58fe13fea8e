import { describe, expect, it } from "vitest";
import type { Trouble } from "orders-client";
import { type Chunk, chunkKey, chunksOf, fileHash } from "./chunks";
import type { Draft } from "../file/drafts";
import type { BatchAnswer, Outcome, ServerError } from "./outcomes";
import { readFile } from "../file/read";
import { type Ports, type Step, run } from "./run";

const text = (count: number) => `reference,sku,quantity,unit_price\n${Array.from({ length: count }, (_, index) => `A-${index},TEA,${index % 97 === 13 ? 0 : 1},9.90\n`).join("")}`;
const file = readFile(new TextEncoder().encode(text(450)));
const chunks = chunksOf(file.drafts);
const hash = await fileHash(file.drafts);
const keys = await Promise.all(chunks.map((chunk) => chunkKey(hash, chunk)));
const BAD = file.drafts.filter((_, index) => index % 97 === 13);
const UNANSWERED: Trouble = { kind: "unanswered", reason: "Failed to fetch" };

/** Like createOrders with REJECT_FAILED: a key belongs to one input and one outcome, a reference to one order. */
class Server {
  readonly orders = new Map<string, string>();
  readonly answers = new Map<string, BatchAnswer>();
  made = 0;

  place(key: string, drafts: readonly Draft[]): BatchAnswer {
    const kept = this.answers.get(key);
    if (kept) return kept;
    const userErrors: ServerError[] = [];
    const orders = drafts.map(({ reference, input }, index) => {
      const field = ["orders", `${index}`];
      if (input.lines?.some(({ quantity }) => quantity < 1)) userErrors.push({ code: "INVALID", field: [...field, "lines", "0", "quantity"], message: "Must be at least 1." });
      else if (this.orders.has(reference)) userErrors.push({ code: "TAKEN", field: [...field, "externalReference"], message: "Another order has this reference." });
      else {
        this.orders.set(reference, `K${++this.made}`);
        return { id: reference, number: `K${this.made}` };
      }
      return null;
    });
    const answer = { orders, userErrors };
    this.answers.set(key, answer);
    return answer;
  }
}

/** Access to the server. `fails` decides for each call whether its request or its answer is lost. */
function ports(server: Server, fails: (call: number) => "before" | "after" | Trouble | undefined = () => undefined) {
  let call = 0;
  const waits: number[] = [];
  const given: Ports = {
    send: async (chunk) => {
      const trouble = fails(call++);
      if (trouble === "before") return UNANSWERED;
      if (trouble && trouble !== "after") return trouble;
      const answer = server.place(keys[chunk.index] ?? "", chunk.drafts);
      return trouble === "after" ? UNANSWERED : answer;
    },
    find: async (references) => references.map((externalReference) => ({ id: externalReference, number: server.orders.get(externalReference) ?? "", externalReference })),
    wait: async (milliseconds) => void waits.push(milliseconds),
    random: () => 1,
  };
  return { given, waits, calls: () => call };
}

async function all(steps: AsyncIterable<Step>) {
  const outcomes = new Map<string, Outcome>();
  const said: Step[] = [];
  for await (const step of steps) {
    said.push(step);
    if (step.kind === "done") for (const [reference, outcome] of step.outcomes) outcomes.set(reference, outcome);
  }
  return { said, outcomes };
}

const live = () => new AbortController().signal;
const kinds = (outcomes: ReadonlyMap<string, Outcome>, kind: Outcome["kind"]) => [...outcomes.values()].filter((outcome) => outcome.kind === kind).length;

function expectEachOnce(server: Server) {
  expect(server.made).toBe(file.drafts.length - BAD.length);
  expect(server.orders.size).toBe(server.made);
}

describe("an import", () => {
  it("places each good order once, and names the bad ones", async () => {
    const server = new Server();
    const { outcomes } = await all(run(chunks, ports(server).given, file.columnOf, live()));

    expectEachOnce(server);
    expect([kinds(outcomes, "placed"), kinds(outcomes, "refused")]).toEqual([445, 5]);
    expect(outcomes.get("A-13")).toEqual({ kind: "refused", problems: [{ row: 15, column: "quantity", message: "Must be at least 1." }] });
  });

  it("continues by itself when requests and answers are lost, waiting longer each time", async () => {
    const server = new Server();
    const { given, waits } = ports(server, (call) => (call < 3 ? "before" : call % 3 === 0 ? "after" : undefined));
    const { outcomes } = await all(run(chunks, given, file.columnOf, live()));

    expectEachOnce(server);
    expect(kinds(outcomes, "placed")).toBe(445);
    expect(waits.slice(0, 4)).toEqual([1_000, 2_000, 4_000, 8_000]);
  });

  it("waits as long as the server requests", async () => {
    const server = new Server();
    const { given, waits } = ports(server, (call) => (call === 1 ? { kind: "throttled", seconds: 7 } : undefined));
    const { said } = await all(run(chunks, given, file.columnOf, live()));

    expectEachOnce(server);
    expect(waits).toEqual([7_000]);
    expect(said.filter(({ kind }) => kind === "waiting")).toEqual([{ kind: "waiting", index: 1, trouble: { kind: "throttled", seconds: 7 }, milliseconds: 7_000 }]);
  });

  it("waits for another window that is sending the same portion", async () => {
    const server = new Server();
    const { given, waits } = ports(server);
    const { send } = given;
    let first = true;
    const busy: BatchAnswer = { orders: [], userErrors: [{ code: "IDEMPOTENCY_IN_PROGRESS", field: ["idempotencyKey"], message: "Still running." }] };
    const sends = (chunk: Chunk) => (first ? ((first = false), Promise.resolve(busy)) : send(chunk));
    await all(run(chunks, { ...given, send: sends }, file.columnOf, live()));

    expectEachOnce(server);
    expect(waits).toEqual([1_000]);
  });

  it.each(["unauthenticated", "forbidden"] as const)("stops where only the user can help: %s", async (kind) => {
    const server = new Server();
    const { said } = await all(run(chunks, ports(server, (call) => (call === 2 ? { kind } : undefined)).given, file.columnOf, live()));

    expect(said.at(-1)).toEqual({ kind: "stuck", index: 2, trouble: { kind } });
    expect(server.answers.size).toBe(2);
  });

  it("gives up after five server errors, and can begin again", async () => {
    const server = new Server();
    const broken = ports(server, () => ({ kind: "fault", requestId: "r" }));
    const { said } = await all(run(chunks, broken.given, file.columnOf, live()));

    expect(said.at(-1)).toMatchObject({ kind: "stuck", index: 0 });
    expect(broken.calls()).toBe(5);
    await all(run(chunks, ports(server).given, file.columnOf, live()));
    expectEachOnce(server);
  });

  it("continues with the others when a portion is refused", async () => {
    const server = new Server();
    const { outcomes } = await all(run(chunks, ports(server, (call) => (call === 0 ? { kind: "refused", message: "Too expensive." } : undefined)).given, file.columnOf, live()));

    expect(outcomes.get("A-0")).toEqual({ kind: "refused", problems: [{ row: 2, column: null, message: "Too expensive." }] });
    expect(outcomes.get("A-449")?.kind).toBe("placed");
  });

  it("reports which orders exist already", async () => {
    const server = new Server();
    server.place("another import", file.drafts.slice(0, 3));
    const { outcomes } = await all(run(chunks, ports(server).given, file.columnOf, live()));

    expectEachOnce(server);
    expect(outcomes.get("A-1")).toEqual({ kind: "there", id: "A-1", number: "K2" });
    expect(kinds(outcomes, "there")).toBe(3);
  });
});

describe("the law of the import", () => {
  const seeds = Array.from({ length: 60 }, (_, seed) => seed);

  /** Numbers from 0 up to 1 that a seed decides (mulberry32). */
  function randomOf(seed: number): () => number {
    let state = seed;
    return () => {
      state = (state + 0x6d2b79f5) | 0;
      let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
      mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    };
  }

  const WRONG = ["before", "after", { kind: "throttled", seconds: 2 }, { kind: "unavailable" }, { kind: "fault", requestId: undefined }, { kind: "unauthenticated" }] as const;

  it.each(seeds)("interrupted anywhere and started again, each order is placed once (seed %i)", async (seed) => {
    const random = randomOf(seed);
    const server = new Server();
    const anything = () => (random() < 0.5 ? WRONG[Math.floor(random() * WRONG.length)] : undefined);
    for (let round = 0; round < 6; round++) {
      if (random() < 0.2) server.answers.clear(); // a day later, the keys have expired
      const stop = new AbortController();
      let left = Math.floor(random() * 12);
      for await (const _ of run(chunks, ports(server, anything).given, file.columnOf, stop.signal)) {
        if (left-- <= 0) break; // the page is closed: nothing more is sent
        if (random() < 0.1) stop.abort(); // it is paused
      }
    }
    const { outcomes } = await all(run(chunks, ports(server).given, file.columnOf, live()));

    expectEachOnce(server);
    expect(kinds(outcomes, "refused")).toBe(BAD.length);
    expect(kinds(outcomes, "placed") + kinds(outcomes, "there")).toBe(445);
    for (const [reference, outcome] of outcomes) if (outcome.kind !== "refused") expect(outcome.number).toBe(server.orders.get(reference));
  });
});

it("sends nothing more once it is paused", async () => {
  const server = new Server();
  const stop = new AbortController();
  const { given, calls } = ports(server);
  for await (const step of run(chunks, given, file.columnOf, stop.signal)) if (step.kind === "done") stop.abort();

  expect(calls()).toBe(1);
});
