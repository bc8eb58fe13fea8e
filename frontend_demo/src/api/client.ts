/** Queries and mutations over HTTP; the live feed has its own socket (socket.ts). */
import { Client, fetchExchange, mapExchange } from "@urql/core";
import { csrfHeaders } from "./headers";
import { noteAnswer } from "./moments";

const begun = new Map<number, number>(); // mutations on their way, by their keys

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

/** No cache: the board's state is feed.ts, kept by the stream. */
export const client = new Client({
  url: "/graphql/",
  exchanges: [timing, fetchExchange],
  preferGetMethod: false,
  fetchOptions: () => ({ credentials: "same-origin", headers: csrfHeaders() }),
});
