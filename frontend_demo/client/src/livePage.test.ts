import { ApolloClient, HttpLink, InMemoryCache } from "@apollo/client";
import { ApolloProvider } from "@apollo/client/react";
import { type TypedDocumentNode, gql } from "@urql/core";
import type { Client as SocketClient, Sink } from "graphql-ws";
import { type ReactNode, createElement } from "react";
import { createRoot } from "react-dom/client";
import { Client, Provider, fetchExchange } from "urql";
import { beforeAll, expect, it, vi } from "vitest";
import * as apollo from "./apollo.ts";
import { type Feed, type Followed, useLatest } from "./react.ts";
import * as urql from "./urql.ts";

interface Page {
  readonly orders: { readonly eventCursor: string; readonly nodes: readonly { readonly number: string }[] };
}
interface Event {
  readonly orderCreated: { readonly cursor: string; readonly order: { readonly number: string } };
}

const QUERY: TypedDocumentNode<Page, { text: string }> = gql`
  query Page($text: String!) {
    orders(where: { text: $text }) {
      eventCursor
      nodes {
        number
      }
    }
  }
`;
const feed: Feed<Page, Event> = {
  topic: ({ orders }) => ({ query: "subscription", after: orders.eventCursor, cursorOf: ({ orderCreated }) => orderCreated.cursor }),
  apply: ({ orders }, { orderCreated }) => ({ orders: { ...orders, nodes: [orderCreated.order, ...orders.nodes] } }),
};
const URL = "http://orders.test/graphql/";
const page = (eventCursor: string, ...numbers: string[]) => ({ data: { orders: { eventCursor, nodes: numbers.map((number) => ({ number })) } } });
const event = (number: string) => ({ data: { orderCreated: { cursor: `after ${number}`, order: { number } } } });

/** A socket that records the subscriptions that are open. */
function fakeSocket() {
  const open: { after: string; sink: Sink<unknown> }[] = [];
  const subscribe = (({ variables }: { variables?: Record<string, unknown> | null }, sink: Sink<unknown>) => {
    const subscription = { after: String(variables?.["after"]), sink };
    open.push(subscription);
    return () => void open.splice(open.indexOf(subscription), 1);
  }) as SocketClient["subscribe"];
  return { open, subscribe, onCursor: () => () => {} };
}

interface Library {
  readonly useLivePage: typeof urql.useLivePage<Page, { text: string }, Event>;
  readonly below: (child: ReactNode) => ReactNode;
}

/** Each library's hook, and its provider. */
const LIBRARIES: Readonly<Record<"urql" | "apollo", (ask: typeof fetch) => Library>> = {
  urql: (ask) => {
    const client = new Client({ url: URL, fetch: ask, exchanges: [fetchExchange], preferGetMethod: false });
    return { useLivePage: urql.useLivePage, below: (child: ReactNode) => createElement(Provider, { value: client }, child) };
  },
  apollo: (ask) => {
    const client = new ApolloClient({ cache: new InMemoryCache(), link: new HttpLink({ uri: URL, fetch: ask }), devtools: { enabled: false } });
    return { useLivePage: apollo.useLivePage, below: (child: ReactNode) => createElement(ApolloProvider, { client, children: child }) };
  },
};

/** React needs no document for components that show nothing. */
function emptyRoot() {
  const target = { addEventListener: () => {}, removeEventListener: () => {} };
  return createRoot({ ...target, nodeType: 1, tagName: "MAIN", namespaceURI: "html", ownerDocument: target } as unknown as Element);
}

/** A component that uses the hook. */
function use(library: keyof typeof LIBRARIES, ...answers: object[]) {
  const asked: { text: string }[] = [];
  const ask = (async (_: unknown, { body }: RequestInit) => {
    asked.push((JSON.parse(String(body)) as { variables: { text: string } }).variables);
    return new Response(JSON.stringify(answers.shift()), { headers: { "content-type": "application/json" } });
  }) as typeof fetch;
  const { useLivePage, below } = LIBRARIES[library](ask);
  const socket = fakeSocket();
  let seen: Followed<Page> = { data: undefined, problem: undefined };
  function Shows({ text }: { text: string }) {
    seen = useLivePage(socket, QUERY, { text }, feed);
    return null;
  }
  const root = emptyRoot();
  const render = (text: string) => root.render(below(createElement(Shows, { text })));
  render("tea");
  const numbers = () => seen.data?.orders.nodes.map(({ number }) => number);
  return { asked, socket, render, numbers, problem: () => seen.problem, end: () => root.unmount() };
}

beforeAll(() => {
  // React asks for the focused element and finds none, up to its last work after a test.
  vi.stubGlobal("window", { HTMLIFrameElement: class {} });
});

const both = it.each(["urql", "apollo"] as const);

both("shows a page and the events after it, with %s", async (library) => {
  const { socket, numbers, asked, end } = use(library, page("c0", "A"));
  await vi.waitFor(() => expect(socket.open).toHaveLength(1));
  expect([socket.open[0]?.after, numbers()]).toEqual(["c0", ["A"]]);

  for (const number of ["B", "C"]) socket.open[0]?.sink.next(event(number) as never);
  await vi.waitFor(() => expect(numbers()).toEqual(["C", "B", "A"]));
  expect(asked).toEqual([{ text: "tea" }]);

  end();
  await vi.waitFor(() => expect(socket.open).toEqual([]));
});

both("reads the page again when its cursor has expired, with %s", async (library) => {
  const { socket, numbers } = use(library, page("c0", "A"), page("c9", "Z", "A"));
  await vi.waitFor(() => expect(socket.open).toHaveLength(1));
  socket.open[0]?.sink.error([{ message: "It is too old.", extensions: { code: "CURSOR_EXPIRED" } }]);

  await vi.waitFor(() => expect(socket.open.map(({ after }) => after)).toEqual(["c9"]));
  socket.open[0]?.sink.next(event("ZZ") as never);
  await vi.waitFor(() => expect(numbers()).toEqual(["ZZ", "Z", "A"]));
});

both("follows the page of other variables, with %s", async (library) => {
  const { socket, render, numbers, asked } = use(library, page("c0", "A"), page("c5", "M"));
  await vi.waitFor(() => expect(socket.open).toHaveLength(1));
  socket.open[0]?.sink.next(event("B") as never);
  render("mug");

  await vi.waitFor(() => expect(socket.open.map(({ after }) => after)).toEqual(["c5"]));
  await vi.waitFor(() => expect(numbers()).toEqual(["M"]));
  expect(asked).toEqual([{ text: "tea" }, { text: "mug" }]);
});

both("says why there is no page, or no more events, with %s", async (library) => {
  const refused = use(library, { errors: [{ message: "Sign in." }] });
  await vi.waitFor(() => expect(refused.problem()).toContain("Sign in."));
  expect(refused.socket.open).toEqual([]);

  const ended = use(library, page("c0", "A"));
  await vi.waitFor(() => expect(ended.socket.open).toHaveLength(1));
  ended.socket.open[0]?.sink.error([{ message: "Not for you.", extensions: { code: "FORBIDDEN" } }]);
  await vi.waitFor(() => expect(ended.problem()).toBe("Not for you."));
  expect(ended.numbers()).toEqual(["A"]);
});

it("subscribes to nothing while the newest answer is not wanted", async () => {
  const socket = fakeSocket();
  let seen: unknown;
  function Shows({ variables }: { variables: { after: string } | undefined }) {
    seen = useLatest(socket, { query: "subscription" }, variables);
    return null;
  }
  const root = emptyRoot();
  root.render(createElement(Shows, { variables: { after: "hour" } }));
  await vi.waitFor(() => expect(socket.open.map(({ after }) => after)).toEqual(["hour"]));
  socket.open[0]?.sink.next({ data: { orders: 7 } } as never);
  await vi.waitFor(() => expect(seen).toEqual({ orders: 7 }));

  root.render(createElement(Shows, { variables: undefined }));
  await vi.waitFor(() => expect(socket.open).toEqual([]));
  await vi.waitFor(() => expect(seen).toBeUndefined());

  root.render(createElement(Shows, { variables: { after: "day" } }));
  await vi.waitFor(() => expect(socket.open.map(({ after }) => after)).toEqual(["day"]));
  root.unmount();
  await vi.waitFor(() => expect(socket.open).toEqual([]));
});
