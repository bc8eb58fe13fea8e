/** How GraphiQL reaches the server: queries and mutations by HTTP, subscriptions by WebSocket at the same address. */
import type { Fetcher, FetcherOpts, FetcherParams, Observable } from "@graphiql/toolkit";
import { type ExecutionResult, Kind, type OperationDefinitionNode, parse } from "graphql";
import type { Client } from "graphql-ws";
import { createSocket, csrfHeaders } from "orders-client";
import type { Background, Start } from "./background";
import type { Trust } from "./trust";

export type Result = ExecutionResult;

/** `trust` sees the errors of each answer. */
export function createFetcher(background: Background<Result>, trust: Trust): Fetcher {
  const socketFor = sockets();
  return (given, options = {}) => {
    const operation = operationIn(given);
    const params = operation ? { ...given, operationName: operation.name?.value ?? null } : given;
    if (!background.waiting && operation?.operation !== "subscription") return post(params, options.headers, trust);
    const title = params.operationName ?? "A subscription";
    // GraphiQL calls subscribe with a sink, never with the single functions that the type allows too.
    return background.open(title, subscription(socketFor(authorization(options)), params, trust)) as Observable<Result>;
  };
}

/**
 * The operation that is meant. Right after a change of tabs, GraphiQL still has the name of the tab before: then it is the
 * document's only one. Undefined: the server says what is wrong.
 */
export function operationIn({ query, operationName }: Pick<FetcherParams, "query" | "operationName">): OperationDefinitionNode | undefined {
  try {
    const operations = parse(query).definitions.filter((one) => one.kind === Kind.OPERATION_DEFINITION);
    return operations.find(({ name }) => name?.value === operationName) ?? (operations.length === 1 ? operations[0] : undefined);
  } catch {
    return undefined;
  }
}

async function post(params: FetcherParams, headers: FetcherOpts["headers"], trust: Trust): Promise<Result> {
  const response = await fetch("/graphql/", {
    method: "POST",
    credentials: "same-origin",
    headers: { "content-type": "application/json", accept: "application/graphql-response+json, application/json", ...csrfHeaders(), ...headers },
    body: JSON.stringify(params),
  });
  if (!response.headers.get("content-type")?.includes("json")) throw new Error(`The server answered ${response.status} ${response.statusText}.`);
  const result = (await response.json()) as Result;
  trust.look(result.errors);
  return result;
}

/** A header that the user types for HTTP is used for the socket too: it goes with the connection's first message. */
function authorization({ headers = {} }: FetcherOpts): string {
  const name = Object.keys(headers).find((key) => key.toLowerCase() === "authorization");
  return name ? String(headers[name]) : "";
}

function sockets(): (authorization: string) => Client {
  const open = new Map<string, Client>();
  return (authorization) => {
    const socket = open.get(authorization) ?? createSocket(authorization ? { connectionParams: { authorization } } : {});
    open.set(authorization, socket);
    return socket;
  };
}

function subscription(socket: Client, { query, variables, operationName }: FetcherParams, trust: Trust): Start<Result> {
  const payload = { query, variables: variables as Record<string, unknown> | null, operationName: operationName ?? null };
  return ({ next, error, complete }) => {
    const failed = (reason: unknown) => {
      trust.look(reason);
      error(readable(reason));
    };
    return socket.subscribe(payload, { next: (result) => next(result as Result), error: failed, complete });
  };
}

/** A close event prints as {}. */
function readable(error: unknown): unknown {
  if (Array.isArray(error) || error instanceof Error) return error;
  const { code, reason } = error as CloseEvent;
  return new Error(`The connection was closed: ${code} ${reason}`);
}
