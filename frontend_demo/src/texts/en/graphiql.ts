/** Texts of the GraphiQL page: src/graphiql/. GraphiQL speaks English, so the page does. */
import { count } from "../../format/numbers";

export const graphiqlTexts = {
  siteNavigation: "Order System",
  home: "← Order System",
  restDocs: "REST docs",
  publishedOnly: "This server runs published documents only. Choose a document and fill in its variables. The server refuses a changed document.",
  choosePublished: "Choose a published document",
  goesOn: (title: string, received: number) => `${title} is still running in its tab: ${count(received, "event", "events")} so far.`,
};
