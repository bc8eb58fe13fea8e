import type { Client, Sink } from "graphql-ws";
import { expect, it, vi } from "vitest";
import { withDigests } from "./digests.ts";
import { byDigest } from "./socket.ts";

const PUBLISHED = { Orders: "0123" };
const MISS = { errors: [{ message: "PersistedQueryNotFound", extensions: { code: "PERSISTED_QUERY_NOT_FOUND" } }] };
const asking = (operationName: string) => ({ method: "POST", body: JSON.stringify({ query: "{ a }", operationName, variables: { n: 1 } }) });

/** A server that gives these answers, and what it was sent. */
function server(...answers: object[]) {
  const sent: unknown[] = [];
  const send = vi.fn(async (_: unknown, init?: RequestInit) => {
    sent.push(JSON.parse(init?.body as string));
    return Response.json(answers.shift() ?? { data: {} });
  });
  return { sent, fetch: withDigests(PUBLISHED, send as typeof fetch) };
}

it("sends the digest of a published document and no text", async () => {
  const { sent, fetch } = server();
  await fetch("/graphql/", asking("Orders"));

  expect(sent).toEqual([{ operationName: "Orders", variables: { n: 1 }, documentId: "sha256:0123" }]);
});

it("sends other documents as they are", async () => {
  const { sent, fetch } = server();
  await fetch("/graphql/", asking("Other"));

  expect(sent).toEqual([{ query: "{ a }", operationName: "Other", variables: { n: 1 } }]);
});

it("sends the text to a server that does not know the digest, from then on", async () => {
  const { sent, fetch } = server(MISS, { data: { a: 1 } });
  const answer = await fetch("/graphql/", asking("Orders"));
  await fetch("/graphql/", asking("Orders"));

  expect(await answer.json()).toEqual({ data: { a: 1 } });
  expect(sent.map((one) => Object.hasOwn(one as object, "query"))).toEqual([false, true, true]);
});

it("returns a refusal for another reason", async () => {
  const { sent, fetch } = server({ errors: [{ message: "No.", extensions: { code: "FORBIDDEN" } }] });

  expect(await (await fetch("/graphql/", asking("Orders"))).json()).toMatchObject({ errors: [{ message: "No." }] });
  expect(sent).toHaveLength(1);
});

function sockets() {
  const sent: string[] = [];
  const sinks: Sink<unknown>[] = [];
  const subscribe = ((payload: object, sink: Sink<unknown>) => {
    sent.push(JSON.stringify(payload));
    sinks.push(sink);
    return () => sent.push("disposed");
  }) as Client["subscribe"];
  const sentAs = new WeakMap<object, object>();
  return { sent, sinks, sentAs, ...byDigest({ subscribe, on: (() => () => {}) as Client["on"] }, PUBLISHED, sentAs) };
}

it("names a document over a socket, whose variables are read when it is sent", () => {
  const socket = sockets();
  let after = "c0";
  const payload = {
    query: "{ a }",
    operationName: "Orders",
    get variables() {
      return { after };
    },
  };
  socket.subscribe(payload, { next: () => {}, error: () => {}, complete: () => {} });
  after = "c7";

  const extensions = '"extensions":{"persistedQuery":{"version":1,"sha256Hash":"0123"}}';
  expect(socket.sent).toEqual([`{"query":"","operationName":"Orders","variables":{"after":"c0"},${extensions}}`]);
  expect(JSON.stringify(socket.sentAs.get(payload))).toContain('"c7"');
});

it("sends the text over a socket that does not know the digest, and completes once", () => {
  const socket = sockets();
  const heard: unknown[] = [];
  const payload = { query: "{ a }", operationName: "Orders" };
  const stop = socket.subscribe(payload, { next: (one) => heard.push(one), error: (one) => heard.push(one), complete: () => heard.push("complete") });
  socket.sinks[0]?.error(MISS.errors);
  socket.sinks[0]?.complete();
  socket.sinks[1]?.next({ data: 1 });
  socket.sinks[1]?.complete();
  stop();

  expect(heard).toEqual([{ data: 1 }, "complete"]);
  expect(socket.sent.slice(1)).toEqual(['{"query":"{ a }","operationName":"Orders"}', "disposed"]);
  expect(socket.sentAs.get(payload)).toBe(payload);
});
