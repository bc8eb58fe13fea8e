/** Queries and mutations over HTTP; the live feed has its own socket (socket.ts). */
import { Client, fetchExchange } from "@urql/core";
import { csrfHeaders } from "./headers";

/** No cache: the board's state is feed.ts, kept by the stream. */
export const client = new Client({
  url: "/graphql/",
  exchanges: [fetchExchange],
  preferGetMethod: false,
  fetchOptions: () => ({ credentials: "same-origin", headers: csrfHeaders() }),
});
