/** Texts of the pages around the content: src/app/. */
import type { Connection } from "../../api/live";
import type { Theme } from "../../app/theme";
import { count } from "../../format/numbers";

export interface Waiting {
  readonly mails: number;
  readonly jobs: number;
}

export const appTexts = {
  title: "Order System",
  skip: "Skip to the content",
  navigation: "Pages",
  views: {
    board: "Board",
    import: "Import",
    lab: "Signal lab",
    settings: "Settings",
    learn: "Learn",
    unknown: "No such page",
    unknownHint: "There is no page at this address. Use the navigation above.",
  },
  elsewhere: [
    ["/graphql/", "GraphiQL"],
    ["/api/docs/", "REST"],
    ["/admin/", "Admin"],
  ],
  traffic: { name: "Demo orders", stop: "Demo orders are arriving. Stop them.", start: "Demo orders are stopped. Start them." },
  actingAs: (actor: string, tenant: string) => `${actor} at ${tenant}`,
  account: {
    open: (acting: string) => `Account: ${acting}`,
    signedOut: "not signed in",
    who: "Signed in as",
    where: "Tenant:",
    switchTo: (tenant: string) => `Switch to ${tenant}`,
    demo: "This is the open demo: everyone on this machine has all permissions.",
    signOut: "Sign out",
  },
  copy: "Copy",
  copied: "Copied.",
  notCopied: "The browser does not allow this button to copy. Select the text and copy it yourself.",
  connection: {
    connecting: "Connecting",
    live: "Live",
    silent: "Offline: no answer",
    lost: "Connection lost, reconnecting",
    failed: "Disconnected",
  } satisfies Record<Connection, string>,
  connectNow: "Reconnect now",
  theme: (theme: Theme) => ({ system: "Colours: system", light: "Colours: light", dark: "Colours: dark" })[theme],
  language: "Language",
  languageOfSystem: "Language: browser",
  justNow: "just now",
  loading: "Loading …",
  show: "Show",
  copyOf: (name: string) => `Copy ${name}`,
  backlog: ({ mails, jobs }: Waiting) => `${[mails && count(mails, "mail", "mails"), jobs && count(jobs, "job", "jobs")].filter(Boolean).join(" and ")} waiting`,
  keys: {
    heading: "Keys",
    list: [
      [["/"], "Search"],
      [["↑", "↓"], "Previous or next order"],
      [["Page ↑", "Page ↓", "Home", "End"], "Move further in the list"],
      [["Enter"], "Open the order"],
      [["Space"], "Select the order"],
      [["Shift"], "With a click on a checkbox: select all orders up to it"],
      [["Esc"], "Close"],
      [["?"], "These keys"],
    ] as readonly (readonly [readonly string[], string])[],
  },
  close: "Close",
  dismiss: "Dismiss this message",
  inGraphiQL: "Open in GraphiQL:",
  problem: {
    page: "This page stopped working",
    heading: "The board stopped working",
    notLoaded: "This page could not be loaded. The server answers, but a file is missing.",
    reload: "Reload",
    retry: "Try again",
    signIn: "Sign in",
  },
};
