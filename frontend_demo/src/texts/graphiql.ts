/** Texts of the GraphiQL page: src/graphiql/. */
import { count } from "./count";

export const graphiqlTexts = {
  siteNavigation: "Order System",
  home: "← Order System",
  restDocs: "REST docs",
  goesOn: (title: string, received: number) => `${title} is still running in its tab: ${count(received, "event", "events")} so far.`,
};
