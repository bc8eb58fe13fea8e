/** Every English text of the pages, with a section for each area of the app. */
import type { BoardOrderFragment, DeliveryStatus, EffectKind, FaultMode, OrderEventType, OrderStatus, Plug, ProcessingStatus, ReceiverKind, StatsWindow } from "./api/generated";
import type { Connection } from "./api/live";
import type { Trouble } from "./api/trouble";
import type { Theme } from "./app/theme";
import type { Away } from "./board/away";

const count = (number: number, one: string, many: string) => `${number} ${number === 1 ? one : many}`;

export const graphiqlTexts = {
  siteNavigation: "Order System",
  home: "← Order System",
  restDocs: "REST docs",
  goesOn: (title: string, received: number) => `${title} is still running in its tab: ${count(received, "event", "events")} so far.`,
};

export const texts = {
  // --- The shell: src/app/ ---
  title: "Order System",
  skip: "Skip to the content",
  navigation: "Pages",
  views: {
    board: "Board",
    import: "Import",
    lab: "Signal lab",
    unknown: "No such page",
    unknownHint: "There is no page at this address. Use the navigation above.",
  },
  elsewhere: [
    ["/graphql/", "GraphiQL"],
    ["/api/docs/", "REST"],
    ["/admin/", "Admin"],
  ],
  actingAs: (actor: string, tenant: string) => `${actor} at ${tenant}`,
  connection: {
    connecting: "Connecting",
    live: "Live",
    lost: "Connection lost, reconnecting",
    failed: "Disconnected",
  } satisfies Record<Connection, string>,
  connectNow: "Reconnect now",
  theme: (theme: Theme) => ({ system: "Colours: system", light: "Colours: light", dark: "Colours: dark" })[theme],
  loading: "Loading …",
  close: "Close",
  dismiss: "Dismiss this message",
  inGraphiQL: "Open in GraphiQL:",
  problem: {
    page: "This page stopped working",
    heading: "The board stopped working",
    reload: "Reload",
    retry: "Try again",
    signIn: "Sign in",
  },

  // --- The live board: src/board/ ---
  board: {
    title: "Orders",
    thisPage: "this page",
    thisFeed: "the live feed",
    theseNumbers: "these numbers",
    loadedAnew: "This page was disconnected for longer than the server keeps events, so it was reloaded.",
    caughtUp: ({ placed, changes, more }: Pick<Away, "placed" | "changes" | "more">) => {
      const missed = [placed.size && count(placed.size, "order", "orders"), changes && count(changes, "change", "changes")].filter(Boolean).join(" and ");
      if (!missed) return "Reconnected: nothing changed while you were away.";
      return `Caught up: ${more ? "more than " : ""}${missed} while you were away.`;
    },
  },
  orders: {
    heading: "Newest orders",
    arrived: (number: number) => (number ? `${count(number, "order", "orders")} arrived since you opened this page` : "New orders appear at the top automatically"),
    arrivedAloud: (number: number, { number: newest, customerName }: Pick<BoardOrderFragment, "number" | "customerName">) =>
      number === 1 ? `Order ${newest} of ${customerName || "an unnamed customer"} arrived.` : `${number} orders arrived; the newest is ${newest} of ${customerName || "an unnamed customer"}.`,
    unseen: (number: number) => `↑ ${count(number, "new order", "new orders")}`,
    loading: "Loading the orders …",
    empty: "There are no orders yet.",
    placeFirst: "Place the first order",
    noMatch: "No order matches.",
    noMatchHint: "An order that matches later appears here automatically.",
    lines: (names: readonly string[]) => names.join(", ") || "No lines",
    unnamed: "No name",
  },
  filter: {
    text: "Search",
    textHint: "Search number, name, e-mail …  ( / )",
    statuses: "Status",
    currency: "Currency",
    anyCurrency: "Any currency",
    least: "Minimum total",
    leastProblem: "A decimal number, such as 12.50",
    clear: "Clear the filters",
  },
  numbers: {
    heading: "Statistics",
    window: "Period",
    windows: { HOUR: "Hour", DAY: "Day", WEEK: "Week" } satisfies Record<StatsWindow, string>,
    orders: { HOUR: "Orders per minute, last hour", DAY: "Orders per 15 minutes, last day", WEEK: "Orders per 2 hours, last week" } satisfies Record<StatsWindow, string>,
    ordersChart: (most: number) => `Bar chart: orders per interval, at most ${most}.`,
    revenue: "Revenue by currency",
    noRevenue: "No revenue in this period.",
    revenueChart: (currency: string) => `Line chart: revenue in ${currency} over time.`,
    states: "Orders by status",
    latency: "From commit to this screen",
    latencyChart: "Line chart: median and 95th percentile per second.",
    latencyHint: (events: number) => (events ? `${count(events, "event", "events")}, last minute` : "waiting for the next event"),
    noChart: "The chart could not be loaded.",
    milliseconds: (value: string) => `${value} ms`,
  },

  // --- What an order is, anywhere ---
  status: { NEW: "New", PAID: "Paid", SHIPPED: "Shipped", DELIVERED: "Delivered", CANCELLED: "Cancelled" } satisfies Record<OrderStatus, string>,
  processing: { PENDING: "Waiting for processing", RUNNING: "Being processed", DONE: "Processed", FAILED: "Processing failed" } satisfies Record<ProcessingStatus, string>,

  eventType: {
    ORDER_CREATED: "placed",
    ORDER_PAID: "paid",
    ORDER_SHIPPED: "shipped",
    ORDER_DELIVERED: "delivered",
    ORDER_CANCELLED: "cancelled",
    ORDER_PROCESSING: "processed",
    ORDER_CHANGED_OUT_OF_BAND: "changed directly in the database",
  } satisfies Record<OrderEventType, string>,
  receiver: { audit: "Audit record", notifications: "Mail to the customer", processing: "Background processing", subscriptions: "Live subscribers" } as Readonly<Record<string, string>>,
  delivery: { PENDING: "waiting", RUNNING: "running", RETRYING: "failed, will be retried", SUCCEEDED: "done", DEAD: "dead letter", SKIPPED: "skipped" } satisfies Record<DeliveryStatus, string>,

  // --- One order's drawer: src/order/ ---
  order: {
    title: (number: string) => `Order ${number}`,
    unknown: "There is no such order",
    unknownHint: (number: string) => `Order ${number} does not exist in your tenant. Check the number for typing errors.`,
    failed: "The order could not be loaded",
    customer: "Customer",
    noCustomer: "No customer given",
    reference: "Your reference",
    placed: "Placed",
    total: "Total",
    invoice: "Invoice (PDF)",
    invoiceLater: "The invoice is created by the background processing.",
    lines: "Order lines",
    bareTotal: "No lines: the order was created with a total only.",
    pieces: (quantity: number, price: string) => `${quantity} × ${price}`,
    metadata: "Metadata",
    thisPage: "this drawer's query",

    because: "What the receivers did",
    becauseOf: (what: string) => `After the order was ${what}`,
    segment: { wait: "waiting", work: "running", failed: "failed", next: "waiting for the next attempt" },
    logAxis: "The time axis is logarithmic.",
    writtenLater: (time: string) => `The event was recorded ${time} after it happened (demo data or an import). The timeline starts when it was recorded.`,
    again: (time: string) => `opened again ${time} after the event`,
    request: "Request from this page",
    requestNote: "request and response",
    commit: "Committed and numbered",
    commitNote: "order and event in one transaction, then a sequence number",
    screen: "On this screen",
    screenNote: "received over the subscription",
    unseen: "This page was not open when the event was sent live.",
    step: { check_risk: "Risk check", issue_invoice: "Invoice issued", confirm: "Confirmed" } as Readonly<Record<string, string>>,
    tries: (attempts: number, most: number | null) => (most === null ? `attempt ${attempts}` : `attempt ${attempts} of ${most}`),
    nextTry: (time: string) => `next in ${time}`,
    readMail: "Show the mail",
    retry: "Try again",
    retried: "The delivery will be retried.",

    history: "History",
    by: (actor: string) => `by ${actor}`,
    worked: (steps: readonly string[]) => `Background processing: ${steps.join(", ")}`,
    risks: (codes: readonly string[]) => `Possible risk: ${codes.map((code) => code.toLowerCase().replaceAll("_", " ")).join(", ")}`,
    nothingBefore: "nothing",

    trail: "Audit trail",
    noTrail: "You cannot read the audit trail. It needs the scope audit:read.",
    noRecords: "There is no record yet. The audit receiver writes records. If it is off or fails, they are written later.",
    position: (position: string) => `Record ${position}`,
    checking: "Checking the chain …",
    intact: (records: number) => `Chain intact: ${count(records, "record", "records")} checked`,
    broken: (position: string) => `The chain is broken at record ${position}`,
    checkAll: "Check the whole chain",
    chainHint: "Each record contains the hash of the record before it. This check covers this order's records and all records between them.",
  },

  // --- Placing orders: src/place/ ---
  place: {
    open: "New order",
    heading: "Place an order",
    field: { customerName: "Customer's name", customerEmail: "Customer's e-mail", externalReference: "Your reference", currency: "Currency", total: "Total" },
    what: "Order lines",
    by: { lines: "Lines", total: "Total only" },
    line: { sku: "Article number", name: "Description", quantity: "Quantity", unitPrice: "Unit price" },
    lineNumber: (number: number) => `Line ${number}`,
    addLine: "Add a line",
    removeLine: (number: number) => `Remove line ${number}`,
    total: "Total",
    sample: "Fill in sample data",
    button: "Place the order",
    placing: "Placing …",
    again: "Send it again",
    onItsWay: "…",
    placed: (number: string) => `Order ${number} was placed.`,
    wrong: (number: number) => `The order was not placed: ${number === 1 ? "one field has an error" : `${number} fields have errors`}.`,
    unsure: "The order was sent, but the server did not answer. Send it again: it will not be placed twice.",
    earlierWasPlaced: "The order that you sent first was placed; you can see it on the board. The form now contains a different order. Send it again to place that one too.",
  },

  // --- Moving orders: src/move/ ---
  move: {
    group: (number: string) => `Actions for order ${number}`,
    button: { PAID: "Mark as paid", SHIPPED: "Ship", DELIVERED: "Mark as delivered", CANCELLED: "Cancel order" },
    sending: { PAID: "Marking as paid …", SHIPPED: "Shipping …", DELIVERED: "Marking as delivered …", CANCELLED: "Cancelling …" },
    nothing: { NEW: "", PAID: "", SHIPPED: "", DELIVERED: "Delivered: no further action is possible.", CANCELLED: "Cancelled: no further action is possible." } satisfies Record<OrderStatus, string>,
    moved: (number: string, status: OrderStatus) => `Order ${number} is ${texts.status[status].toLowerCase()}.`,
    refused: (messages: readonly string[]) => `The change was refused: ${messages.join(" ")}`,
    again: "Try again",
    dismiss: "Discard",
    back: "Back",
    ship: {
      heading: (number: string) => `Ship order ${number}`,
      trackingCode: "Tracking code",
      hint: "Optional. The customer receives it by mail.",
      confirm: "Ship the order",
    },
    cancel: {
      heading: (number: string) => `Cancel order ${number}?`,
      warning: "A cancelled order cannot be reopened. The customer is notified by mail.",
      reason: "Reason",
      hint: "Optional. The customer sees it in the mail.",
      keep: "Keep the order",
      confirm: "Cancel the order",
    },
    stale: {
      heading: (number: string) => `Order ${number} has changed`,
      explanation: (saw: number, now: number) => `You saw version ${saw}. The order was changed since then and is now at version ${now}. Your change was not made.`,
      isNow: "Current status",
      youWanted: "Your change",
      impossible: (now: string, wanted: string) => `The order can no longer change from “${now}” to “${wanted}”.`,
      leave: "Discard my change",
      anyway: (action: string) => `${action} anyway`,
    },
  },

  // --- Importing a file: src/import/ ---
  import: {
    heading: "Import orders",
    lead: "Import many orders from a file. Errors are shown before any order is placed.",
    thisMutation: "the import's mutation",
    drop: "Drop a CSV file here",
    choose: "Choose a file",
    safe: "No order is placed until you confirm. Importing the same file twice does not create duplicate orders.",
    paste: "Or paste rows",
    pasteHint: "reference,customer_name,sku,quantity,unit_price …",
    pastedName: "Pasted rows",
    readPasted: "Read the rows",
    reading: "Reading the file …",
    unreadable: "The file could not be read",
    formats: "Supported formats",
    formatList: [
      ["Our own columns", "reference, customer_name, customer_email, currency, sku, name, quantity, unit_price: one row per order line. Or only reference and total."],
      ["Shopify's orders export", "The file as Shopify exports it: several rows per order. Shipping and taxes become separate lines."],
    ],
    formatNames: { own: "Our own columns", shopify: "Shopify's orders export" },
    sample: "Download a sample file",
    comesTo: (name: string, format: string, rows: number, orders: number) => `${name ? `${name} · ` : ""}${format}: ${count(rows, "row", "rows")}, ${count(orders, "order", "orders")}`,
    count: { placed: "Placed", ready: "To place", there: "Already there", refused: "Not placed", wrong: "Can't be placed" },
    start: (ready: number, there: number) => (ready || !there ? `Place ${count(ready, "order", "orders")}` : "Check for missing orders"),
    startHint: "Each order is placed as a new order, and its customer receives a confirmation. Orders with errors are skipped and listed in the report.",
    pause: "Pause",
    goOn: "Continue",
    pausedHint: "Placed orders stay placed. You can continue now, or choose the same file again later; the import continues where it stopped.",
    leave: "Choose another file",
    another: "Import another file",
    report: "Download the report",
    toBoard: "Show the board",
    done: "The import is finished",
    progress: {
      checking: (done: number, all: number) => `Checked ${done.toLocaleString("en")} of ${count(all, "order", "orders")}`,
      ready: () => "",
      running: (done: number, all: number) => `${done.toLocaleString("en")} of ${count(all, "order", "orders")} done`,
      paused: (done: number, all: number) => `Paused: ${done.toLocaleString("en")} of ${count(all, "order", "orders")} done`,
      stuck: (done: number, all: number) => `The import stopped: ${done.toLocaleString("en")} of ${count(all, "order", "orders")} done`,
      done: () => "",
    },
    waits: (trouble: Trouble) => (trouble.kind === "throttled" ? "Too many requests. The import continues automatically." : "The server did not answer. The import tries again automatically, and no order is placed twice."),
    triesIn: (seconds: number) => (seconds ? `Next attempt in ${count(seconds, "second", "seconds")}.` : "Trying …"),
    orders: "Orders in this file",
    show: "Show",
    shown: { all: (number: number) => `All ${number.toLocaleString("en")}`, refused: (number: number) => `With errors: ${number.toLocaleString("en")}` },
    nothingWrong: "No order has an error",
    state: { ready: "To place", there: "Already there", refused: "Not placed", placed: "Placed" },
    row: (range: string) => `Row ${range}`,
    rowColumn: (row: number, column: string | null) => (column === null ? `Row ${row}:` : `Row ${row}, ${column}:`),
    unnamed: "No reference",
    needsHttps: "Importing needs a page loaded over https (or from localhost). Otherwise the browser cannot create the idempotency keys.",
    tooManyBytes: (mebibytes: number) => `The file has more than ${mebibytes} MiB. Split it.`,
    tooManyRows: (rows: number) => `The file has more than ${rows.toLocaleString("en")} rows. Split it.`,
    notText: "This is not a text file. Save the sheet as CSV, then choose that file.",
    badQuotes: (row: number) => `The quotes in row ${row} are not closed, or are in the middle of a value. Write a quote inside a quoted value twice.`,
    empty: "The file is empty. Its first row must contain the column names.",
    noRows: "The file has a header row but no data rows.",
    unknownFormat: (header: readonly string[]) => `The file's format is not supported. Its columns are: ${header.join(", ")}.`,
    tooManyValues: (values: number, columns: number) => `Has ${values} values for ${columns} columns. Put a value that contains a delimiter, such as 12,50, in quotes.`,
    noReference: "Must not be empty. The reference assigns the row to its order and prevents duplicates.",
    apart: (reference: string, row: number) => `Order ${reference} already starts in row ${row}. The rows of an order must follow each other.`,
    contradicts: (value: string, before: string) => `This row has “${value}”, but earlier rows of the order have “${before}”.`,
    notSold: (state: string) => `The order was ${state} in the shop, so it is not placed.`,
    extraLines: "Shipping and taxes are separate lines.",
    alreadyThere: "Another order has this reference.",
    bareTotal: "The items do not add up to the total, perhaps because of a discount. The order is placed with the total only; its items are stored in its metadata.",
  },

  // --- The signal lab: src/lab/ ---
  lab: {
    lead: "Watch the receivers live. Switch them off, break them or unplug a component: orders still work, and no effect is lost.",
    state: "this page's query",
    feed: "its subscription",
    failed: "The receivers could not be loaded",
    noTools: (mayOperate: boolean) => `Here you can ${mayOperate ? "switch receivers, retry deliveries and replay events" : "watch the receivers"}. Breaking receivers and unplugging components is possible only in the open demo of ./dev up.`,

    traffic: "Place orders",
    rate: (rate: number) => (rate ? `${rate} per second` : "None"),
    placed: (number: number) => `${count(number, "order", "orders")} placed from here`,
    notPlaced: (number: number) => `, ${number} refused`,

    score: "Since you opened this page",
    lost: "lost",
    doubled: "doubled",
    waiting: "waiting",
    dead: "dead letters",
    counting: "Counting …",
    restart: "Restart the count",
    scoreHint: "The counts come from the stored orders, events, audit records, processing states, mails (by their Message-ID) and the events that this page received. A waiting or dead delivery is recorded in the ledger, so its effect is not lost.",
    effects: "Effects by kind",
    effect: {
      EVENT: "Event per order",
      PLACE: "Sequence number",
      AUDIT_RECORD: "Audit record",
      PROCESSING: "Background processing",
      MAIL: "Mail to the customer",
    } satisfies Record<EffectKind, string>,
    onThisPage: "Received by this page",
    columns: { effect: "Effect", expected: "expected", done: "done", waiting: "waiting", dead: "dead", skipped: "skipped", lost: "lost", doubled: "doubled" },

    receivers: "Receivers",
    kind: { DIRECT: "in a database transaction", QUEUED: "by the worker", LIVE: "live, best effort" } satisfies Record<ReceiverKind, string>,
    switchName: (name: string) => `${name}: on or off`,
    on: "On",
    off: "Off",
    offForAll: "Operators switched it off for all tenants.",
    perMinute: "per minute",
    p95: "p95",
    lag: "lag",
    backlog: "waiting",
    retrying: "retrying",
    deadNow: "dead",
    none: "–",
    catchingUp: (left: number) => `Catching up: ${left} left`,
    delay: "commit to this page",
    toldHere: "received by this page",
    liveNote: "It has no deliveries. A subscriber that is not notified reads the event log within two seconds.",
    teaches: {
      audit: "Writes the audit record in one transaction with its delivery, so both exist or neither does. Switch it off, place orders and open one: it has no record yet, and everything else works.",
      notifications: "Sends a task to the worker, which mails the customer. The Message-ID is derived from event and receiver, so a repeat is the same mail.",
      processing: "Sends the slow work to the worker: risk check, invoice and confirmation. Each step may run twice; the second run changes nothing.",
      subscriptions: "Notifies the live pages. If it is off or its messages are lost, the pages read the missing events from the log.",
    } as Readonly<Record<string, string>>,
    code: "Source code",
    breakIt: "Make it fail",
    mode: { ALWAYS: "always", EVERY_THIRD: "every third time", NEXT: "the next" } satisfies Record<FaultMode, string>,
    howMany: "Number of attempts that fail",
    breakNow: "Break it",
    repair: "Repair it",
    isBroken: (mode: string, failed: number, attempts: number) => `Broken (${mode}): ${failed} of ${count(attempts, "attempt", "attempts")} failed`,
    nextLeft: (left: number) => `the next ${left}`,
    fourTries: "A broken receiver gives up after 4 attempts instead of 10, which takes about five seconds.",
    replay: "Replay since the start",
    retryDead: (number: number) => `Retry ${count(number, "dead letter", "dead letters")}`,
    letters: "Dead letters",
    letterHint: "Deliveries that failed at every attempt. They block nothing and stay in the ledger. Repair the receiver, then retry them.",
    letterAfter: (receiver: string, attempts: number) => `${receiver}, after ${count(attempts, "attempt", "attempts")}`,
    retryOne: (number: string) => `Retry order ${number}`,

    plugs: "Unplug a component",
    plug: {
      CHANNEL_LAYER: { name: "Live messages", does: "Drops every message to live pages. The pages read the event log instead and receive each event once, a little later.", pull: "Drop them for 10 s", out: (seconds: number, dropped: number) => `Unplugged for ${seconds} s more, ${count(dropped, "message", "messages")} dropped` },
      WORKER: { name: "The worker", does: "The worker takes no tasks. Mails and background processing wait in the ledger; placing orders is as fast as before.", pull: "Stop it for 10 s", out: (seconds: number, _dropped: number) => `Stopped for ${seconds} s more` },
    } satisfies Record<Plug, object>,
    dropped: (messages: number) => `${count(messages, "message", "messages")} dropped since the server started`,
    notHere: "It does not run in this process, so it cannot be unplugged here.",

    rules: "The rules for receivers, and where to see them",
    rule: [
      ["Optional", "An order is complete without any receiver. Switch a receiver off and place orders: they are still accepted. Switched on again, the receiver catches up."],
      ["Idempotent", "A receiver that is called twice has one effect. Replay a receiver: all its work is done again, and “doubled” stays at zero."],
      ["After commit", "A receiver runs only for events that are committed and numbered, never for events that may be rolled back. The details of an order show the times."],
      ["Delegating", "A receiver calls one service or task and does nothing else. Open a receiver's source code to check."],
      ["Isolated", "A failing receiver affects nothing else. Break one: the client sees no error, and the other receivers go on."],
    ],

    switched: (name: string, enabled: boolean) => `${name}: switched ${enabled ? "on" : "off"}.`,
    broken: (name: string) => `${name}: broken.`,
    repaired: (name: string) => `${name}: repaired.`,
    pulled: (name: string, seconds: number) => `${name}: unplugged for ${seconds} s.`,
    replayed: (name: string, events: number) => `${name}: ${count(events, "event is", "events are")} being handled again.`,
    retried: (number: number) => `${count(number, "dead letter is", "dead letters are")} being retried.`,
  },
};

/** A sentence about a failed request, and what the user can do. */
export function troubleText(trouble: Trouble): string {
  switch (trouble.kind) {
    case "unanswered":
      return "The server did not answer, so the result is unknown. You can safely try again: the change is made only once.";
    case "unavailable":
      return "The server is not available at the moment. You can safely try again: the change is made only once.";
    case "fault":
      return `An error occurred in the server${trouble.requestId ? ` (request ${trouble.requestId})` : ""}. You can safely try again: the change is made only once.`;
    case "throttled":
      return `Too many requests. Try again in ${count(Math.ceil(trouble.seconds), "second", "seconds")}.`;
    case "unauthenticated":
      return "You are no longer signed in. Sign in, then try again.";
    case "forbidden":
      return "You can view orders here, but not place or change them.";
    case "refused":
      return trouble.message;
  }
}
