/** Queries and mutations over HTTP; the live feed has its own socket (live.ts). */
import { Client, fetchExchange, mapExchange } from "@urql/core";
import { csrfHeaders, withDigests } from "orders-client";
import { noteAnswer } from "./moments";
import { CLIENT } from "./name";
import { published } from "./published";

const begun = new Map<number, number>(); // running mutations, by their keys

const timing = mapExchange({
  onOperation({ kind, key }) {
    if (kind === "mutation") begun.set(key, Date.now());
  },
  onResult({ operation: { key }, data }) {
    const askedAt = begun.get(key);
    if (askedAt !== undefined) noteAnswer(data, askedAt);
    begun.delete(key);
  },
});

/** No cache: the board's state is in feed.ts, and the stream keeps it up to date. */
export const client = new Client({
  url: "/graphql/",
  exchanges: [timing, fetchExchange],
  preferGetMethod: false,
  fetch: withDigests(published),
  fetchOptions: () => ({ credentials: "same-origin", headers: { ...CLIENT, ...csrfHeaders() } }),
});
