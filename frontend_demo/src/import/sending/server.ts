/** The importer's server: createOrders over GraphQL, and waiting that ends when the network is back. */
import { client } from "../../api/client";
import { ImportOrdersDocument, OrdersByReferenceDocument } from "../../api/generated";
import { type Trouble, troubleOf } from "orders-client";
import { inputOf } from "./chunks";
import { Importer, type Server } from "./importer";

/** A dropped connection reports nothing: after this time, the request is repeated under the same key. */
const ANSWER_WITHIN_MS = 60_000;

const server: Server = {
  send: (chunk, key) =>
    inTime(
      client.mutation(ImportOrdersDocument, { input: inputOf(chunk, key), dryRun: key === null }).then(({ data, error }) => data?.createOrders ?? troubled(error)),
    ),
  find: (references) =>
    inTime(client.query(OrdersByReferenceDocument, { references: [...references] }).then(({ data, error }) => data?.orders.nodes ?? troubled(error))),
  wait: (milliseconds, signal) =>
    new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        window.removeEventListener("online", end);
        signal.removeEventListener("abort", end);
        resolve();
      };
      const timer = setTimeout(end, milliseconds);
      window.addEventListener("online", end);
      signal.addEventListener("abort", end);
    }),
  random: Math.random,
};

export const importer = new Importer(server);

// Leaving the page during the import does no harm, but is probably a mistake.
window.addEventListener("beforeunload", (event) => {
  if (importer.state().status === "running") event.preventDefault();
});

function troubled(error: Parameters<typeof troubleOf>[0] | undefined): Trouble {
  return error ? troubleOf(error) : { kind: "unanswered", reason: "" };
}

function inTime<T>(answer: PromiseLike<T | Trouble>): Promise<T | Trouble> {
  let timer: ReturnType<typeof setTimeout>;
  const late = new Promise<Trouble>((resolve) => {
    timer = setTimeout(() => resolve({ kind: "unanswered", reason: "" }), ANSWER_WITHIN_MS);
  });
  return Promise.race<T | Trouble>([answer, late]).finally(() => clearTimeout(timer));
}
